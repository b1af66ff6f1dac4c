import { z } from "zod";

export const silhouettes = ["noshow", "ankle", "quarter", "crew", "knee", "slipper", "mini"] as const;
export const patterns = [
  "plain",
  "stripes",
  "pinstripes",
  "blocks",
  "gradient",
  "dots",
  "confetti",
  "speckle",
  "stars",
  "hearts",
  "argyle",
  "diamonds",
  "checks",
  "gingham",
  "tartan",
  "chevron",
  "zigzag",
  "waves",
  "fairisle",
  "cable",
  "ribs",
] as const;
export const motifs = [
  "anchor",
  "avocado",
  "bee",
  "bicycle",
  "boat",
  "bolt",
  "cactus",
  "cat",
  "cherry",
  "cloud",
  "coffee",
  "daisy",
  "dino",
  "fish",
  "fox",
  "leaf",
  "lemon",
  "moon",
  "mountain",
  "mushroom",
  "paw",
  "pine",
  "rainbow",
  "rocket",
  "sheep",
  "snowflake",
  "strawberry",
  "sun",
  "tent",
  "wave",
  "whale",
] as const;
export const cuffs = ["plain", "ribbed", "folded", "striped", "frill", "fleece"] as const;

const hex = z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #1f6f8b");
const palette = z.tuple([hex, hex, hex]);

/** Another set of colours the same sock is knitted in; `name` is what a variant's `colour` option says. */
const colourway = z.strictObject({
  name: z.string().min(1).max(80),
  colours: palette,
  heelToe: hex.optional(),
});

/** How a sock looks, in words and colours; strict, because administrators write it by hand. */
export const sockDesign = z.strictObject({
  silhouette: z.enum(silhouettes),
  pattern: z.enum(patterns),
  /** Ground, second and accent colour. */
  colours: palette,
  heelToe: hex.optional(),
  cuff: z.enum(cuffs).optional(),
  /** Scattered over a plain ground, a single badge on any other pattern. */
  motif: z.enum(motifs).optional(),
  colourways: z.array(colourway).max(12).optional(),
});
export type SockDesign = z.infer<typeof sockDesign>;
export type Silhouette = SockDesign["silhouette"];
export type Pattern = SockDesign["pattern"];
export type Motif = NonNullable<SockDesign["motif"]>;
export type Cuff = NonNullable<SockDesign["cuff"]>;
export type Palette = SockDesign["colours"];
