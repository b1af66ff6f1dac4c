import { brightness, ink, mix } from "./illustration-colour.ts";
import type { Point, Shape } from "./illustration-shape.ts";
import { polyline } from "./illustration-shape.ts";
import { band, figure, fill, type Loom, net, stroke, wale } from "./illustration-weave.ts";

/** Flecks of other yarn twisted into the ground, as in ragg wool. */
export function speckle({ shape, colours: [ground, second, accent], chance }: Loom): string {
  const flecks: [string, string[]][] = [
    [second, []],
    [accent, []],
    [mix(ground, "#ffffff", 0.5), []],
  ];
  for (const {
    place: [s, u],
  } of net(shape, 11, 9, true)) {
    const at: Point = [s + (chance() - 0.5) * 0.12, u + (chance() - 0.5) * 6];
    const half = 1.2 + chance() * 2;
    const kind = chance();
    const [, marks] = flecks[kind < 0.6 ? 0 : kind < 0.8 ? 1 : 2] as [string, string[]];
    marks.push(
      figure(shape, at, [
        [-half * 0.6, -half],
        [half * 0.6, half],
      ]),
    );
  }
  return flecks
    .map(([colour, marks]) => stroke(marks.join(""), colour, 2.1, ' stroke-linecap="round"'))
    .join("");
}

/** Vertical ribs all the way down: a shaded valley and a lit ridge beside it. */
export function ribs({ shape, colours: [ground, second] }: Loom): string {
  const across = Array.from({ length: 11 }, (_, i) => -0.92 + i * 0.184);
  const lines = (shift: number) => across.map((s) => wale(shape, s + shift)).join("");
  return (
    stroke(lines(0), mix(ground, second, 0.75), 3.6) +
    stroke(lines(0.05), mix(ground, "#ffffff", 0.35), 1.6, ' opacity=".7"')
  );
}

/** Two strands that twine down the sock, drawn as a chain of crossings, with purl valleys beside them. */
export function cable(loom: Loom): string {
  const { shape, colours } = loom;
  const valley = mix(colours[0], ink(colours[0]), 0.32);
  const ridge = mix(colours[0], colours[1], 0.8);
  const columns = [-0.72, 0, 0.72];
  const valleys = columns.flatMap((s) => [wale(shape, s - 0.3), wale(shape, s + 0.3)]).join("");
  return (
    stroke(valleys, valley, 2.2, ' opacity=".6"') +
    stroke(
      [-0.36, 0.36].map((s) => wale(shape, s)).join(""),
      valley,
      1.4,
      ' opacity=".45" stroke-dasharray="3 3"',
    ) +
    columns.map((s) => twist(shape, s, valley, ridge)).join("")
  );
}

function twist(shape: Shape, across: number, valley: string, ridge: string): string {
  const period = 34;
  const strand = (side: number, from: number, to: number) => {
    const count = Math.ceil((to - from) / 5);
    const line = polyline(
      Array.from({ length: count + 1 }, (_, i) => {
        const u = from + ((to - from) * i) / count;
        return shape.at(u, across + side * 0.15 * Math.cos((u / period) * Math.PI));
      }),
    );
    return stroke(line, valley, 11.5) + stroke(line, ridge, 8.5);
  };
  const over: string[] = [];
  for (let u = period; u < shape.length; u += 2 * period) over.push(strand(1, u + 6, u + period - 6));
  return strand(1, 0, shape.length) + strand(-1, 0, shape.length) + over.join("");
}

// Nordic borders, a character a stitch: "x" second colour, "o" accent, "." ground. Each row repeats around the sock.
const borders = [
  ["o.", ".o"],
  ["...."],
  ["....x...", "...x.x..", "..x...x.", ".x..o..x", "..x...x.", "...x.x..", "....x..."],
  ["...."],
  ["o.", ".o"],
  ["...."],
  ["xxxxxxxx", "xxx.xxx.", "x.x.x.x.", "x...x...", "..o...o."],
  ["...."],
  ["x..xx..x", ".x.xx.x.", "..x..x..", "xx.oo.xx", "..x..x..", ".x.xx.x.", "x..xx..x"],
  ["...."],
  ["..o...o.", "x...x...", "x.x.x.x.", "xxx.xxx.", "xxxxxxxx"],
  ["...."],
];

/** Bands of small stitched figures in the manner of Nordic jumpers. */
export function fairisle({ shape, colours: [ground, second, accent] }: Loom): string {
  const rows = borders.flat();
  const stitch = shape.girth / 24;
  const colourOf: Record<string, string[]> = { x: [], o: [] };
  const count = Math.ceil(shape.length / stitch);
  for (let row = 0; row < count; row++) {
    const line = rows[row % rows.length] as string;
    for (let column = -13; column <= 13; column++) {
      const mark = line[(((column + 4) % line.length) + line.length) % line.length] as string;
      colourOf[mark]?.push(stitchAt(shape, [(2 * column) / 24, row * stitch], stitch));
    }
  }
  const lit = brightness(ground) > 0.5 ? mix(ground, "#ffffff", 0.3) : mix(ground, "#000000", 0.15);
  return (
    fill(band(shape, shape.cuffLength, shape.cuffLength + 3), lit) +
    fill((colourOf.x as string[]).join(""), second) +
    fill((colourOf.o as string[]).join(""), accent)
  );
}

const stitchAt = (shape: Shape, place: Point, size: number) => {
  const [w, h] = [size * 0.52, size * 0.52];
  return figure(shape, place, [
    [-w, -h],
    [w, -h],
    [w, h],
    [-w, h],
  ]);
};
