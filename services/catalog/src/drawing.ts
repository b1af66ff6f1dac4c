import { createHash } from "node:crypto";
import { designFromAttributes, drawSock } from "./illustration.ts";
import type { Drawn } from "./products.ts";

export type Drawing = { svg: string; etag: string };

// A page of the shop asks for dozens at once, and each takes a few milliseconds to draw.
const drawn = new Map<string, Drawing>();
const kept = 400;

/** The product's picture, in one of its own colours when asked for. */
export function drawProduct(product: Drawn, colour?: string): Drawing {
  const offered = product.variants.find(({ options }) => options.colour === colour);
  const options = (offered ?? product.variants[0])?.options ?? {};
  const { name, category, tags } = product;
  const made = JSON.stringify([name, category, tags, product.design, options.colour, offered && colour]);
  const known = drawn.get(made);
  if (known) return known;
  const design = product.design ?? designFromAttributes({ name, category, tags, options });
  const svg = drawSock(design, { title: name, ...(offered && colour && { colourway: colour }) });
  const drawing = { svg, etag: `"${createHash("sha256").update(svg).digest("base64url").slice(0, 22)}"` };
  drawn.set(made, drawing);
  const [oldest] = drawn.keys();
  if (drawn.size > kept && oldest !== undefined) drawn.delete(oldest);
  return drawing;
}
