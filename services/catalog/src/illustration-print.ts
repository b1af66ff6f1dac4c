import { brightness, ink, mix } from "./illustration-colour.ts";
import type { Motif, SockDesign } from "./illustration-design.ts";
import type { Dress } from "./illustration-finish.ts";
import { drawMotif, type MotifInks } from "./illustration-motifs.ts";
import type { Shape } from "./illustration-shape.ts";
import { net } from "./illustration-weave.ts";

type Cloth = { shape: Shape; dress: Dress; id: string };
type Stamp = (across: number, along: number, size: number, lean: number) => string;

/** The motif all over a plain sock, or once on a patch where a pattern leaves no room for many. */
export function motifPrint(motif: Motif, plan: SockDesign, { shape, dress, id }: Cloth): string {
  const stamp: Stamp = (across, along, size, lean) => {
    const [x, y] = shape.at(along, across);
    const narrow = (size * Math.cos(across * 0.9)).toFixed(2);
    const turn = (shape.turn(along, across) * lean).toFixed(1);
    return `<use href="#${id}-motif" transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn}) scale(${narrow} ${size})"/>`;
  };
  const picture = `<defs><g id="${id}-motif">${drawMotif[motif](inksFor(dress))}</g></defs>`;
  return picture + (plan.pattern === "plain" ? scattered(plan, shape, stamp) : badge(shape, dress, stamp));
}

function inksFor(dress: Dress): MotifInks {
  const dark = brightness(dress.second) < 0.3 ? mix(dress.second, "#000000", 0.55) : ink(dress.ground);
  return { body: dress.second, detail: dress.accent, dark, light: "#fffaf0" };
}

function scattered({ silhouette }: SockDesign, shape: Shape, stamp: Stamp): string {
  // A picture turns with the fabric only a little: one that lies on its back is hard to read.
  const lean = silhouette === "noshow" ? 0 : 0.35;
  return net(shape, shape.girth / 2.55, 33, true)
    .filter(({ place: [, along] }) => along > shape.cuffLength * 0.8 && along < shape.length - 22)
    .map(({ place: [across, along] }) => stamp(across, along, room(shape, along), lean))
    .join("");
}

/** How large a motif is at a place: smaller where the toe narrows. */
function room(shape: Shape, along: number): number {
  const [front, back] = [shape.at(along, -1), shape.at(along, 1)];
  const width = Math.hypot(front[0] - back[0], front[1] - back[1]);
  return Math.round(132 * Math.min(1, (width * 1.35) / shape.girth)) / 100;
}

function badge(shape: Shape, dress: Dress, stamp: Stamp): string {
  const along = shape.cuffLength + (shape.length > 330 ? 62 : 44);
  const [x, y] = shape.at(along, 0);
  const centre = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}"`;
  return (
    `<circle ${centre} r="30" fill="${dress.ground}" stroke="${dress.accent}" stroke-width="3"/>` +
    `<circle ${centre} r="26" fill="none" stroke="${dress.second}" stroke-width="1.4" stroke-dasharray="4 3"/>` +
    stamp(0, along, 1.6, 0.3)
  );
}
