import { brightness, ink, mix } from "./illustration-colour.ts";
import type { Pattern } from "./illustration-design.ts";
import { cable, fairisle, ribs, speckle } from "./illustration-knits.ts";
import type { Point } from "./illustration-shape.ts";
import { band, figure, fill, type Loom, net, rowLine, stroke, wale } from "./illustration-weave.ts";

type Draw = (loom: Loom) => string;
const rows = (length: number, every: number) =>
  Array.from({ length: Math.ceil(length / every) }, (_, i) => i * every);

const stripes: Draw = ({ shape, colours: [, second, accent] }) => {
  const starts = rows(shape.length, 46);
  return (
    fill(starts.map((u) => band(shape, u + 8, u + 26)).join(""), second) +
    fill(starts.map((u) => band(shape, u + 33, u + 39)).join(""), accent)
  );
};

const pinstripes: Draw = ({ shape, colours: [, second, accent] }) => {
  const starts = rows(shape.length, 17);
  const every = (rest: number) => starts.filter((_, i) => (i % 5 === 3 ? 1 : 0) === rest);
  return [second, accent]
    .map((colour, i) =>
      fill(
        every(i)
          .map((u) => band(shape, u + 5, u + 10.5))
          .join(""),
        colour,
      ),
    )
    .join("");
};

const blocks: Draw = ({ shape, colours: [, second, accent] }) => {
  const third = (shape.length - shape.cuffLength) / 3;
  const first = shape.cuffLength + third * 0.75;
  const next = shape.cuffLength + third * 1.55;
  return (
    fill(band(shape, first, shape.length), second) +
    fill(band(shape, next, shape.length), accent) +
    fill(band(shape, next - 15, next - 9), accent)
  );
};

/** Many thin rows, each a little further from ground to second to accent. */
const gradient: Draw = ({ shape, colours: [ground, second, accent] }) => {
  const count = 30;
  const end = shape.toeStart + 20;
  return Array.from({ length: count }, (_, i) => {
    const part = i / (count - 1);
    const colour = part < 0.55 ? mix(ground, second, part / 0.55) : mix(second, accent, (part - 0.55) / 0.45);
    const from = shape.cuffLength * 0.7 + ((end - shape.cuffLength * 0.7) * i) / count;
    return fill(band(shape, from, i === count - 1 ? shape.length : from + end / count + 1.5, 8), colour);
  }).join("");
};

/** Scatters a small figure, alternating the second and accent colours by row. */
const scatter =
  (corners: Point[], wide: number, high: number): Draw =>
  ({ shape, colours: [, second, accent] }) => {
    const places = net(shape, wide, high, true);
    const of = (odd: number) =>
      places
        .filter(({ row }) => row % 2 === odd)
        .map(({ place }) => figure(shape, place, corners))
        .join("");
    return fill(of(0), second) + fill(of(1), accent);
  };

const polar = (count: number, radius: (i: number) => number): Point[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (i / count) * 2 * Math.PI - Math.PI / 2;
    return [Math.cos(angle) * radius(i), Math.sin(angle) * radius(i)];
  });
const dots = scatter(
  polar(16, () => 7.2),
  26,
  23,
);
const stars = scatter(
  polar(10, (i) => (i % 2 ? 4.4 : 10)),
  31,
  27,
);
const hearts = scatter(
  Array.from({ length: 26 }, (_, i): Point => {
    const t = (i / 26) * 2 * Math.PI;
    return [
      0.58 * 16 * Math.sin(t) ** 3,
      -0.58 * (13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t)),
    ];
  }),
  31,
  28,
);

const confetti: Draw = ({ shape, colours: [ground, second, accent], chance }) => {
  const inks = [second, accent, mix(second, "#ffffff", 0.45), mix(accent, ground, 0.35)];
  return net(shape, 19, 17, true)
    .map(({ place: [s, u] }) => {
      const angle = chance() * Math.PI;
      const [dx, dy] = [Math.cos(angle) * 4.2, Math.sin(angle) * 4.2];
      const at: Point = [s + (chance() - 0.5) * 0.14, u + (chance() - 0.5) * 8];
      return stroke(
        figure(shape, at, [
          [-dx, -dy],
          [dx, dy],
        ]),
        inks[Math.floor(chance() * 4)] as string,
        4.2,
      );
    })
    .join("");
};

const lozenge = (wide: number, high: number): Point[] => [
  [0, -high],
  [wide, 0],
  [0, high],
  [-wide, 0],
];

/** Diamonds in two colours on the ground, crossed by a thin line through their middles. */
const argyle: Draw = ({ shape, colours: [ground, second, accent] }) => {
  const [wide, high] = [shape.girth / 2.3, 62];
  const diamond = lozenge(wide / 2, high / 2);
  const places = net(shape, wide, high / 2, true).filter(({ row }) => row % 2 === 0);
  const of = (kind: number) =>
    places
      .filter(({ row, column }) => Math.abs(row / 2 + column) % 2 === kind)
      .map(({ place }) => figure(shape, place, diamond))
      .join("");
  const shifted = diamond.map(([x, y]): Point => [x + wide / 2, y]);
  const lines = places.map(({ place }) => figure(shape, place, shifted)).join("");
  const thread = mix(ground, brightness(ground) > 0.6 ? ink(ground) : "#ffffff", 0.7);
  return fill(of(0), second) + fill(of(1), accent) + stroke(lines, thread, 1.5, ' stroke-dasharray="4 3.4"');
};

const diamonds: Draw = ({ shape, colours: [, second, accent] }) => {
  const places = net(shape, 24, 19, true);
  return (
    fill(places.map(({ place }) => figure(shape, place, lozenge(10, 15.6))).join(""), second) +
    fill(places.map(({ place }) => figure(shape, place, lozenge(4, 6))).join(""), accent)
  );
};

const block = (wide: number, high: number): Point[] => [
  [-wide, -high],
  [0, -high],
  [wide, -high],
  [wide, high],
  [0, high],
  [-wide, high],
];

const checks: Draw = ({ shape, colours: [, second, accent] }) => {
  const size = shape.girth / 7;
  const cells = net(shape, size, size, false).filter(({ row, column }) => (row + column) % 2 === 0);
  const of = (rare: boolean) =>
    cells
      .filter(({ row, column }) => (row % 4 === 2 && (column + row) % 4 === 0) === rare)
      .map(({ place }) => figure(shape, place, block(size / 2, size / 2)))
      .join("");
  return fill(of(false), second) + fill(of(true), accent);
};

const gingham: Draw = ({ shape, colours: [, second] }) => {
  const across = rows(shape.length, 28)
    .map((u) => band(shape, u, u + 14))
    .join("");
  const size = shape.girth / 8;
  const down = [-3, -1, 1, 3].map((column) => wale(shape, (column * size * 2) / shape.girth)).join("");
  return fill(across, second, ' opacity=".5"') + stroke(down, second, size * 0.94, ' opacity=".5"');
};

const tartan: Draw = ({ shape, colours: [, second, accent] }) => {
  const starts = rows(shape.length, 58);
  const across = (from: number, to: number) => starts.map((u) => band(shape, u + from, u + to)).join("");
  const down = (list: number[]) => list.map((s) => wale(shape, s)).join("");
  return (
    fill(across(4, 28), second, ' opacity=".62"') +
    stroke(down([-0.5, 0.5]), second, 20, ' opacity=".62"') +
    fill(across(40, 43.5) + across(14.5, 17.5), accent, ' opacity=".9"') +
    stroke(down([-0.5, 0, 0.5]), accent, 2.6, ' opacity=".9"') +
    stroke(down([-0.86, 0.86]), accent, 2, ' opacity=".7"')
  );
};

/** A row's edge that goes up and down in points, `count` to the visible half. */
const points = (count: number, height: number) => (s: number) => {
  const phase = (((s + 1) / 2) * count) % 1;
  return height * (Math.abs(phase - 0.5) * 2 - 0.5);
};

const chevron: Draw = ({ shape, colours: [, second, accent] }) => {
  const edge = points(2, 34);
  const of = (from: number, to: number) =>
    rows(shape.length + 40, 56)
      .map((u) =>
        band(
          shape,
          (s) => u + from + edge(s),
          (s) => u + to + edge(s),
          16,
        ),
      )
      .join("");
  return fill(of(0, 18), second) + fill(of(26, 36), accent);
};

const zigzag: Draw = ({ shape, colours: [, second, accent] }) => {
  const edge = points(5, 13);
  const of = (from: number) =>
    rows(shape.length + 20, 40)
      .map((u) => rowLine(shape, (s) => u + from + edge(s), 20))
      .join("");
  return (
    stroke(of(4), second, 5.5, ' stroke-linejoin="round"') +
    stroke(of(24), accent, 3.4, ' stroke-linejoin="round"')
  );
};

/** Rolling stripes: a broad swell, and a thin one that follows it. */
const waves: Draw = ({ shape, colours: [, second, accent] }) => {
  const swell = (s: number) => 6.5 * Math.sin(s * 2.6 * Math.PI);
  const of = (from: number, to: number) =>
    rows(shape.length + 20, 34)
      .map((u) =>
        band(
          shape,
          (s) => u + from + swell(s),
          (s) => u + to + swell(s),
          24,
        ),
      )
      .join("");
  return fill(of(0, 13), second) + fill(of(20, 25), accent);
};

/** How each pattern is drawn over the ground colour. */
export const drawPattern: Record<Pattern, Draw> = {
  plain: () => "",
  stripes,
  pinstripes,
  blocks,
  gradient,
  dots,
  confetti,
  speckle,
  stars,
  hearts,
  argyle,
  diamonds,
  checks,
  gingham,
  tartan,
  chevron,
  zigzag,
  waves,
  fairisle,
  cable,
  ribs,
};
