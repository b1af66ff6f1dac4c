import { mix } from "./illustration-colour.ts";
import { polyline, type Shape } from "./illustration-shape.ts";
import { stroke } from "./illustration-weave.ts";

type Scene = {
  id: string;
  title: string;
  shape: Shape;
  backdrop: { ground: string; glow: string };
  line: string;
};

/** The whole picture: ground, the pair's shadow, the second sock half behind, and the first before it. */
export function scene({ id, title, shape, backdrop, line }: Scene, sock: string): string {
  const { left, right, bottom } = shape.bounds;
  const shadow = mix(backdrop.ground, line, 0.75);
  const middle = ((left + right) / 2 + 24).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" aria-labelledby="${id}-title">`,
    `<title id="${id}-title">${title}</title>`,
    definitions(id, shape, shadow),
    `<rect width="400" height="400" fill="${backdrop.ground}"/>`,
    `<circle cx="200" cy="196" r="164" fill="${backdrop.glow}"/>`,
    `<ellipse cx="${middle}" cy="${(bottom + 1).toFixed(1)}" rx="${((right - left) / 2 + 28).toFixed(1)}" ry="17" fill="url(#${id}-ground)"/>`,
    `<g transform="${behind(shape)}" filter="url(#${id}-dim)"><use href="#${id}-sock"/></g>`,
    `<path d="${shape.outline}" fill="${line}" opacity=".3" filter="url(#${id}-soft)" transform="translate(7 5)" clip-path="url(#${id}-floor)"/>`,
    `<g id="${id}-sock">${sock}</g>`,
    "</svg>",
  ].join("");
}

const behind = ({ heel }: Shape) => `translate(38 -13) rotate(5 ${heel.x.toFixed(1)} ${heel.y.toFixed(1)})`;

function definitions(id: string, shape: Shape, shadow: string): string {
  const stop = (offset: number, opacity: number) =>
    `<stop offset="${offset}" stop-color="${shadow}" stop-opacity="${opacity}"/>`;
  return [
    "<defs>",
    `<clipPath id="${id}-cut"><path d="${shape.outline}"/></clipPath>`,
    `<clipPath id="${id}-floor"><rect width="400" height="${(shape.bounds.bottom + 2).toFixed(1)}"/></clipPath>`,
    `<filter id="${id}-soft" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="8"/></filter>`,
    `<filter id="${id}-dim" color-interpolation-filters="sRGB"><feComponentTransfer>${["R", "G", "B"].map((c) => `<feFunc${c} type="linear" slope=".86" intercept=".015"/>`).join("")}</feComponentTransfer></filter>`,
    `<radialGradient id="${id}-ground">${stop(0, 0.5)}${stop(0.55, 0.26)}${stop(1, 0)}</radialGradient>`,
    `<pattern id="${id}-knit" width="6" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-4)">`,
    '<path d="M0 0L3 3L6 0" fill="none" stroke="#000" stroke-opacity=".09"/>',
    '<path d="M0 1.4L3 4.4L6 1.4" fill="none" stroke="#fff" stroke-opacity=".1"/></pattern>',
    "</defs>",
  ].join("");
}

/** Rows of small stitches over the whole fabric. */
export const texture = (shape: Shape, id: string) => `<path d="${shape.outline}" fill="url(#${id}-knit)"/>`;

/** Shade that follows the edge away from the light, and the crease at the instep. */
export function shade(shape: Shape, line: string, id: string): string {
  const soft = ` filter="url(#${id}-soft)"`;
  const crease = polyline([-1.02, -0.8, -0.55, -0.3].map((s, i) => shape.at(shape.heel.along + i * 5, s)));
  return (
    stroke(shape.outline, line, 20, `${soft} opacity=".42" transform="translate(-5 -7)"`) +
    stroke(crease, line, 8, `${soft} opacity=".38" stroke-linecap="round"`)
  );
}

/** Light from above on the left: down the calf, and along the top of the foot. */
export function light(shape: Shape, id: string): string {
  const run = (from: number, to: number, across: number) =>
    polyline(Array.from({ length: 9 }, (_, i) => shape.at(from + ((to - from) * i) / 8, across)));
  const { along } = shape.heel;
  const calf = along > 60 ? run(6, along - 26, 0.5) : "";
  const instep = run(along + 60, shape.length - 26, -0.5);
  return stroke(calf + instep, "#fff", 24, ` filter="url(#${id}-soft)" opacity=".16" stroke-linecap="round"`);
}
