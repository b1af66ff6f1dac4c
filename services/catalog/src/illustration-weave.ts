import type { Palette } from "./illustration-design.ts";
import { type Point, polyline, type Shape } from "./illustration-shape.ts";

/** What a pattern is drawn with: the tube, its colours, and numbers that are the same each time. */
export type Loom = { shape: Shape; colours: Palette; chance: () => number };

/** Numbers from 0 to 1 that look random and never change for the same seed (mulberry32). */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** FNV-1a of a text. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export const fill = (d: string, colour: string, extra = "") =>
  d ? `<path d="${d}" fill="${colour}"${extra}/>` : "";
export const stroke = (d: string, colour: string, width: number, extra = "") =>
  d ? `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}"${extra}/>` : "";

type Edge = (across: number) => number;
const steps = (count: number) => Array.from({ length: count + 1 }, (_, i) => -1 + (2 * i) / count);

/** A row of fabric between two edges, each an `along` for every `across`. */
export function band(shape: Shape, from: number | Edge, to: number | Edge, samples = 10): string {
  const edge = (e: number | Edge, s: number) => (typeof e === "number" ? e : e(s));
  const upper = steps(samples).map((s) => shape.at(edge(from, s), s));
  const lower = steps(samples).map((s) => shape.at(edge(to, s), s));
  const back = side(shape, edge(from, 1), edge(to, 1), 1);
  const front = side(shape, edge(to, -1), edge(from, -1), -1);
  return `${polyline([...upper, ...back, ...lower.reverse(), ...front])}Z`;
}

/** The edge of a tall row, a little outside the outline that cuts it, where a straight line would leave it. */
function side(shape: Shape, from: number, to: number, across: number): Point[] {
  const count = Math.floor(Math.abs(to - from) / 12);
  return Array.from({ length: count }, (_, i) =>
    shape.at(from + ((to - from) * (i + 0.5)) / count, across * 1.04),
  );
}

/** A line that runs across the sock at `along`. */
export function rowLine(shape: Shape, along: number | Edge, samples = 10): string {
  return polyline(steps(samples).map((s) => shape.at(typeof along === "number" ? along : along(s), s)));
}

/** A line that runs down the sock at `across`. */
export function wale(shape: Shape, across: number, from = 0, to = shape.length): string {
  const count = Math.max(2, Math.round((to - from) / 14));
  return polyline(
    Array.from({ length: count + 1 }, (_, i) => shape.at(from + ((to - from) * i) / count, across)),
  );
}

/** A closed figure whose corners are given in pixels of fabric (across, along) about a place on the tube. */
export function figure(shape: Shape, place: Point, corners: Point[]): string {
  const perPixel = 2 / shape.girth;
  return `${polyline(corners.map(([dx, dy]) => shape.at(place[1] + dy, clamp(place[0] + dx * perPixel))))}Z`;
}
const clamp = (across: number) => Math.max(-1.25, Math.min(1.25, across));

/** Places on a regular net over the whole tube, every other row shifted by half a column when `staggered`. */
export function net(
  shape: Shape,
  wide: number,
  high: number,
  staggered: boolean,
): { place: Point; row: number; column: number }[] {
  const across = (2 * wide) / shape.girth;
  const columns = Math.ceil(1.3 / across);
  const places: { place: Point; row: number; column: number }[] = [];
  for (let row = 0; (row - 0.5) * high < shape.length; row++) {
    const shift = staggered && row % 2 ? 0.5 : 0;
    for (let column = -columns; column <= columns; column++) {
      const s = (column + shift) * across;
      if (Math.abs(s) < 1 + across * 0.6) places.push({ place: [s, (row + 0.35) * high], row, column });
    }
  }
  return places;
}
