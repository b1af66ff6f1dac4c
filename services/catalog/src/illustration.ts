import { backdrop, ink, mix } from "./illustration-colour.ts";
import { type SockDesign, sockDesign } from "./illustration-design.ts";
import { cuffOf, type Dress, dressIn, patches, sole } from "./illustration-finish.ts";
import { light, scene, shade, texture } from "./illustration-light.ts";
import { drawPattern } from "./illustration-patterns.ts";
import { motifPrint } from "./illustration-print.ts";
import { type Shape, shapeOf } from "./illustration-shape.ts";
import { chanceFrom, fill, hashOf, stroke } from "./illustration-weave.ts";

export { type SockDesign, sockDesign } from "./illustration-design.ts";
export { designFromAttributes, type ProductAttributes } from "./illustration-guess.ts";

export type DrawingOptions = {
  /** What the picture is called for those who do not see it; the product's name is best. */
  title?: string;
  /** One of the design's colourways; a name it does not know is drawn in the design's own colours. */
  colourway?: string;
};

/** A self-contained SVG of a pair of socks; throws a ZodError that names the field when the design is not one. */
export function drawSock(design: SockDesign, options: DrawingOptions = {}): string {
  const plan = sockDesign.parse(design);
  const title = options.title ?? `${plan.pattern} ${plan.silhouette} sock`;
  const { colours, heelToe } = plan.colourways?.find(({ name }) => name === options.colourway) ?? plan;
  const shape = shapeOf(plan.silhouette);
  const dress = dressIn(colours, heelToe);
  // The ids follow from what is drawn, so that drawings can share a page: equal ids then mean equal parts.
  const id = `sock${hashOf(JSON.stringify([plan, colours, title])).toString(36)}`;
  const picture = { id, title: escaped(title), shape, backdrop: backdrop(colours), line: dress.line };
  return scene(picture, sock(plan, shape, dress, id));
}

/** One sock of the pair: fabric cut to its outline, then what stands over the edge. */
function sock(plan: SockDesign, shape: Shape, dress: Dress, id: string): string {
  const { silhouette, pattern, motif, cuff = "ribbed" } = plan;
  const loom = { shape, colours: dress.colours, chance: chanceFrom(hashOf(pattern + silhouette)) };
  const overhanging = cuff === "folded" || cuff === "frill" || cuff === "fleece";
  const collar = cuffOf(shape, cuff, dress);
  const fabric = [
    fill(shape.outline, dress.ground),
    drawPattern[pattern](loom),
    motif ? motifPrint(motif, plan, { shape, dress, id }) : "",
    silhouette === "slipper" ? "" : patches(shape, dress),
    overhanging ? "" : collar,
    texture(shape, id),
    shade(shape, dress.line, id),
    light(shape, id),
  ];
  return [
    fill(shape.opening, mix(dress.ground, ink(dress.ground), 0.55)),
    stroke(shape.opening, dress.line, 2.2, ' stroke-linejoin="round"'),
    `<g clip-path="url(#${id}-cut)">${fabric.join("")}</g>`,
    stroke(shape.outline, dress.line, 2.6, ' stroke-linejoin="round"'),
    silhouette === "slipper" ? sole(shape, dress) : "",
    overhanging ? collar : "",
  ].join("");
}

// Characters that XML 1.0 forbids are dropped: one of them would make the whole picture unreadable.
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string) =>
  text.replace(forbidden, "").replace(/[&<>"']/g, (mark) => entities[mark] as string);
