import { brightness, ink, mix } from "./illustration-colour.ts";
import type { Cuff, Palette } from "./illustration-design.ts";
import { type Point, polyline, type Shape, xy } from "./illustration-shape.ts";
import { band, fill, rowLine, stroke, wale } from "./illustration-weave.ts";

/** Colours of a sock's parts, worked out once. */
export type Dress = {
  colours: Palette;
  ground: string;
  second: string;
  accent: string;
  heelToe?: string;
  line: string;
};
export function dressIn(colours: Palette, heelToe: string | undefined): Dress {
  const [ground, second, accent] = colours;
  return { colours, ground, second, accent, ...(heelToe ? { heelToe } : {}), line: ink(ground) };
}

const thread = (colour: string) =>
  brightness(colour) > 0.55 ? mix(colour, ink(colour), 0.4) : mix(colour, "#ffffff", 0.5);

/** Heel and toe in a yarn of their own, each with a sewn seam. */
export function patches(shape: Shape, dress: Dress): string {
  if (!dress.heelToe) return "";
  const { x, y, radius } = shape.heel;
  const disc = (r: number) =>
    `M${xy([x - r, y])}a${r.toFixed(1)} ${r.toFixed(1)} 0 1 1 ${(2 * r).toFixed(1)} 0a${r.toFixed(1)} ${r.toFixed(1)} 0 1 1 ${(-2 * r).toFixed(1)} 0Z`;
  const seam = thread(dress.heelToe);
  const dashes = ' stroke-dasharray="5 3.6" stroke-linecap="round" opacity=".85"';
  const edge = mix(dress.heelToe, ink(dress.heelToe), 0.45);
  return (
    fill(disc(radius) + band(shape, shape.toeStart, shape.length + 4), dress.heelToe) +
    stroke(disc(radius) + rowLine(shape, shape.toeStart), edge, 1.4, ' opacity=".55"') +
    stroke(disc(radius - 6) + rowLine(shape, shape.toeStart + 6), seam, 1.6, dashes)
  );
}

/** The sole of a slipper: a grippy rim along heel and underside, a little outside the knitted tube. */
export function sole(shape: Shape, dress: Dress): string {
  const from = shape.heel.along + 26;
  const to = shape.length - 1;
  const rim = (offset: number) =>
    Array.from({ length: 41 }, (_, i) => {
      const swell = Math.min(1, i / 9) ** 0.6;
      return shape.at(from + ((to - from) * i) / 40, 1 + offset * swell);
    });
  const inner = rim(0).map(([x, y], i): Point => {
    const [outerX, outerY] = shape.at(from + ((to - from) * i) / 40, 0.2);
    const away = Math.hypot(outerX - x, outerY - y) || 1;
    const depth = 13 * Math.min(1, i / 9) ** 0.6 * Math.min(1, (40.5 - i) / 6);
    return [x + ((outerX - x) / away) * depth, y + ((outerY - y) / away) * depth];
  });
  const colour = dress.heelToe ?? mix(dress.ground, ink(dress.ground), 0.5);
  const edge = `${polyline(rim(0.07))}L${inner.slice().reverse().map(xy).join("L")}Z`;
  const seam = inner.slice(3, -2).map(([x, y], i): Point => {
    const [rx, ry] = rim(0)[i + 3] as Point;
    return [x + (rx - x) * 0.35, y + (ry - y) * 0.35];
  });
  return (
    `<path d="${edge}" fill="${colour}" stroke="${ink(colour)}" stroke-width="2.4" stroke-linejoin="round"/>` +
    stroke(polyline(seam), mix(colour, "#ffffff", 0.45), 1.5, ' stroke-dasharray="5 4" opacity=".8"')
  );
}

/** The band at the opening. */
export function cuffOf(shape: Shape, kind: Cuff, dress: Dress): string {
  const depth = shape.cuffLength;
  const tone = dress.heelToe ?? dress.ground;
  const shade = mix(tone, ink(tone), 0.4);
  switch (kind) {
    case "plain":
      return fill(band(shape, 0, Math.min(depth, 15)), tone) + hem(shape, Math.min(depth, 15), tone);
    case "ribbed":
      return fill(band(shape, 0, depth), tone) + ribbing(shape, depth, tone) + hem(shape, depth, tone);
    case "striped": {
      const bar = (from: number, to: number) => band(shape, depth * from, depth * to);
      const yarns = fill(bar(0.2, 0.42), dress.second) + fill(bar(0.58, 0.8), dress.accent);
      return (
        fill(band(shape, 0, depth), dress.ground) +
        yarns +
        ribbing(shape, depth, dress.ground) +
        hem(shape, depth, dress.ground)
      );
    }
    case "folded":
      return turnedOver(shape, depth, tone, shade);
    case "frill":
      return frill(shape, Math.min(depth, 26), dress.accent);
    case "fleece":
      return fleece(
        shape,
        depth,
        dress.heelToe && brightness(dress.heelToe) > 0.7 ? dress.heelToe : mix(dress.ground, "#fffaf2", 0.86),
      );
  }
}

function ribbing(shape: Shape, depth: number, tone: string): string {
  const across = Array.from({ length: 14 }, (_, i) => -0.98 + i * 0.15);
  const lines = (shift: number) => across.map((s) => wale(shape, s + shift, 1.5, depth - 1)).join("");
  return (
    stroke(lines(0), mix(tone, ink(tone), 0.34), 2, ' opacity=".75"') +
    stroke(lines(0.055), mix(tone, "#ffffff", 0.45), 1.3, ' opacity=".6"')
  );
}

const hem = (shape: Shape, along: number, tone: string) =>
  stroke(rowLine(shape, along + 1.5), ink(tone), 3.6, ' opacity=".2"') +
  stroke(rowLine(shape, along), mix(tone, ink(tone), 0.5), 1.3, ' opacity=".7"');

/** A cuff folded down over the leg: a little wider than it, with its own shadow and outline. */
function turnedOver(shape: Shape, depth: number, tone: string, shade: string): string {
  const sides = Array.from({ length: 13 }, (_, i) => -1 + i / 6);
  const wide = (along: number, grow: number) =>
    sides.map((s) => (Math.abs(s) === 1 ? shape.at(along, s * grow) : shape.at(along, s)));
  const shell = (lower: number) =>
    `${polyline(wide(-1, 1.09))}L${wide(lower, 1.11).reverse().map(xy).join("L")}Z`;
  const ribs = Array.from({ length: 13 }, (_, i) => wale(shape, -0.9 + i * 0.15, 2, depth - 3)).join("");
  return (
    fill(shell(depth + 6), ink(tone), ' opacity=".2"') +
    `<path d="${shell(depth)}" fill="${tone}" stroke="${ink(tone)}" stroke-width="2.4" stroke-linejoin="round"/>` +
    stroke(ribs, shade, 1.8, ' opacity=".55"') +
    stroke(rowLine(shape, depth - 5), thread(tone), 1.4, ' stroke-dasharray="4 3.2" opacity=".8"')
  );
}

/** Lace that hangs from a narrow band: two rows of scallops, the upper over the lower. */
function frill(shape: Shape, depth: number, colour: string): string {
  const lace = (along: number, shift: number, radius: number) =>
    Array.from({ length: 9 }, (_, i) => {
      const [x, y] = shape.at(along, -1.04 + 0.25 * i + shift);
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius}"/>`;
    }).join("");
  const pale = mix(colour, "#ffffff", 0.4);
  return (
    `<g fill="${colour}" stroke="${ink(colour)}" stroke-width="2">${lace(depth * 0.72, 0.05, 8.4)}</g>` +
    `<g fill="${pale}" stroke="${mix(colour, ink(colour), 0.3)}" stroke-width="1.2">${lace(depth * 0.4, 0.05, 7.4)}</g>` +
    `<path d="${band(shape, -1, depth * 0.42)}" fill="${colour}" stroke="${ink(colour)}" stroke-width="2"/>`
  );
}

/** A deep, curly collar of pile. */
function fleece(shape: Shape, depth: number, colour: string): string {
  const rows = [0.02, 0.34, 0.66, 0.98].map((part, row) =>
    Array.from({ length: 9 }, (_, i) => {
      const [x, y] = shape.at(depth * part - 6, -1.02 + 0.25 * i + (row % 2 ? 0.06 : 0));
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="10.5"/>`;
    }).join(""),
  );
  const curls = rows.map((row) => row.replaceAll('r="10.5"/>', 'r="5.4"/>')).join("");
  return (
    `<g fill="${ink(colour)}" stroke="${ink(colour)}" stroke-width="4">${rows.join("")}</g>` +
    `<g fill="${colour}">${rows.join("")}</g>` +
    `<g fill="none" stroke="${mix(colour, ink(colour), 0.22)}" stroke-width="1.3" stroke-dasharray="11 40" stroke-linecap="round">${curls}</g>`
  );
}
