import type { Silhouette } from "./illustration-design.ts";

export type Point = readonly [x: number, y: number];
/** Where one knitted row begins at the front edge and ends at the back edge. */
type Station = readonly [frontX: number, frontY: number, backX: number, backY: number];

/**
 * A sock as a tube: `at(along, across)` is the point on the picture `along` pixels down the tube from the opening and
 * `across` the visible half, from -1 (front: shin and instep) to 1 (back: calf, heel and sole).
 */
export type Shape = {
  at(along: number, across: number): Point;
  /** Degrees by which "down the tube" is turned from straight down at a point. */
  turn(along: number, across: number): number;
  length: number;
  /** Pixels of fabric across the visible half of the tube. */
  girth: number;
  cuffLength: number;
  /** How far a row sags in its middle, as a round tube seen from slightly above. */
  sag: number;
  outline: string;
  opening: string;
  /** The heel's patch, and how far down the tube the ankle bends. */
  heel: { x: number; y: number; radius: number; along: number };
  toeStart: number;
  bounds: { left: number; right: number; top: number; bottom: number };
};

// Local units: the ankle is at y 0, the tube about 92 wide, the toe to the right.
const bend: Station[] = [
  [44, -8, -46, -4],
  [47, 17, -50, 38],
  [55, 34, -58, 78],
  [65, 44, -60, 114],
  [76, 51, -40, 146],
  [88, 57, 2, 156],
];
const foot: Station[] = [
  [102, 62, 44, 154],
  [120, 69, 82, 152],
  [140, 76, 115, 152],
  [162, 84, 145, 154],
  [184, 95, 173, 156],
  [202, 111, 199, 150],
];
const tip: Point = [209, 132];

/** The leg above the ankle: straight rows, a little calf in the back on tall ones. */
function leg(height: number, calf: number, flare: number): Station[] {
  const rows = Math.max(1, Math.round(height / 48));
  return Array.from({ length: rows }, (_, row) => {
    const up = 1 - row / rows;
    const bulge = calf * Math.sin(Math.PI * Math.min(1, up * 1.12)) ** 1.4;
    return [44 + flare * up + bulge * 0.45, -8 - height * up, -46 - flare * up - bulge, -4 - height * up];
  });
}

const low: Station[] = [
  [84, 55, -50, 30],
  [89, 57, -57, 68],
  [94, 59, -61, 106],
  [100, 62, -46, 143],
  [108, 65, -4, 156],
  [119, 69, 40, 154],
  [133, 74, 80, 152],
  [149, 79, 115, 152],
  [167, 86, 145, 154],
  [185, 95, 173, 156],
  [202, 111, 199, 150],
];

type Plan = { stations: Station[]; scale: number; cuff: number; sag: number; reach?: number };
const plans: Record<Silhouette, Plan> = {
  noshow: { stations: low, scale: 1.12, cuff: 13, sag: 20 },
  ankle: { stations: [...leg(44, 0, 2), ...bend, ...foot], scale: 1.08, cuff: 26, sag: 9 },
  quarter: { stations: [...leg(84, 0, 2), ...bend, ...foot], scale: 1.03, cuff: 34, sag: 9 },
  crew: { stations: [...leg(140, 3, 2), ...bend, ...foot], scale: 0.97, cuff: 44, sag: 9 },
  knee: { stations: [...leg(262, 13, 3), ...bend, ...foot], scale: 0.76, cuff: 38, sag: 7 },
  slipper: { stations: [...leg(34, 0, 6), ...bend, ...foot], scale: 1.08, cuff: 40, sag: 10 },
  mini: { stations: [...leg(76, 0, 3), ...bend, ...foot], scale: 1.12, cuff: 34, sag: 10, reach: 0.72 },
};

const tilt = -4 * (Math.PI / 180);
const roundness = 1.05;
const samplesPerStation = 6;

/** Scales, tilts and centres a plan in the 400 × 400 picture, leaving room for the second sock of the pair. */
function place(plan: Plan): { points: Point[]; heel: Point } {
  const stretch = (x: number) => (x > 60 ? 60 + (x - 60) * (plan.reach ?? 1) : x);
  const turned = ([x, y]: Point): Point => {
    const sx = stretch(x) * plan.scale;
    const sy = y * plan.scale;
    return [sx * Math.cos(tilt) - sy * Math.sin(tilt), sx * Math.sin(tilt) + sy * Math.cos(tilt)];
  };
  const fronts = plan.stations.map(([x, y]) => turned([x, y]));
  const backs = plan.stations.map(([, , x, y]) => turned([x, y]));
  const points = [...fronts, turned(tip), ...backs.reverse()];
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const dx = 182 - (Math.min(...xs) + Math.max(...xs)) / 2;
  const dy = 212 - (Math.min(...ys) + Math.max(...ys)) / 2;
  const [hx, hy] = turned([-60, 150]);
  return { points: points.map(([x, y]): Point => [x + dx, y + dy]), heel: [hx + dx, hy + dy] };
}

/** A Catmull-Rom curve through the points: the cubic Bézier of segment `i`. */
function segment(points: Point[], i: number): [Point, Point, Point, Point] {
  const pick = (n: number) => points[Math.max(0, Math.min(points.length - 1, n))] as Point;
  const [p0, p1, p2, p3] = [pick(i - 1), pick(i), pick(i + 1), pick(i + 2)];
  return [
    p1,
    [p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6],
    [p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6],
    p2,
  ];
}

function onCurve(points: Point[], place: number): Point {
  const i = Math.max(0, Math.min(points.length - 2, Math.floor(place)));
  const t = place - i;
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const bezier = segment(points, i);
  const sum = (axis: 0 | 1) => bezier.reduce((total, p, k) => total + p[axis] * (weights[k] as number), 0);
  return [sum(0), sum(1)];
}

const round = (value: number) => Math.round(value * 10) / 10;
/** A point as it stands in path data. */
export const xy = ([x, y]: Point) => `${round(x)} ${round(y)}`;

/** Path data of straight lines through the points, in short relative steps: drawings have thousands of them. */
export function polyline(points: Point[]): string {
  const tenths = points.map(([x, y]) => [Math.round(x * 10), Math.round(y * 10)] as const);
  const steps = tenths.slice(1).map(([x, y], i) => {
    const [fromX, fromY] = tenths[i] as readonly [number, number];
    return `${short(x - fromX)}${spaced(short(y - fromY))}`;
  });
  const start = points[0] ? `M${xy(points[0])}` : "";
  return steps.length > 0 ? `${start}l${steps.reduce((line, step) => line + spaced(step))}` : start;
}
const short = (tenths: number) => `${tenths / 10}`.replace(/^(-?)0\./, "$1.");
/** Path data needs no space before a minus sign. */
const spaced = (number: string) => (number.startsWith("-") ? number : ` ${number}`);

export function shapeOf(silhouette: Silhouette): Shape {
  const drawn = plans[silhouette];
  const plan = { ...drawn, bend: drawn.stations === low ? 0 : drawn.stations.length - 11 };
  const { points, heel } = place(plan);
  const tipIndex = plan.stations.length;
  const front = (row: number) => onCurve(points, row);
  const back = (row: number) => onCurve(points, points.length - 1 - row);
  const depths = measure(tipIndex, front, back);
  const length = depths.at(-1) as number;

  const rowAt = (along: number) => {
    const reached = depths.findIndex((depth) => depth >= along);
    if (reached <= 0) return reached === 0 ? 0 : tipIndex;
    const before = depths[reached - 1] as number;
    return (reached - 1 + (along - before) / ((depths[reached] as number) - before)) / samplesPerStation;
  };
  const upward = unit(middle(front(0), back(0)), middle(front(0.5), back(0.5)));
  const at = (along: number, across: number): Point => {
    const edge = Math.abs(across) <= 1 ? Math.sin(across * roundness) / Math.sin(roundness) : across;
    const sunk = along + plan.sag * Math.max(0, 1 - edge * edge);
    const row = rowAt(sunk);
    const [f, b] = [front(row), back(row)];
    const share = (1 + edge) / 2;
    const beyond = Math.min(0, sunk);
    return [
      f[0] + (b[0] - f[0]) * share + upward[0] * beyond,
      f[1] + (b[1] - f[1]) * share + upward[1] * beyond,
    ];
  };
  const turn = (along: number, across: number) => {
    const [dx, dy] = unit(at(along - 3, across), at(along + 3, across));
    return (Math.atan2(-dx, dy) * 180) / Math.PI;
  };
  const frontWidth = Math.hypot(front(1)[0] - back(1)[0], front(1)[1] - back(1)[1]);
  const girth = silhouette === "noshow" ? 112 * plan.scale : frontWidth * (roundness / Math.sin(roundness));
  return {
    at,
    turn,
    length,
    girth,
    cuffLength: plan.cuff * (silhouette === "knee" ? 0.9 : 1),
    sag: plan.sag,
    ...rims(points, at, plan.sag),
    heel: {
      x: heel[0],
      y: heel[1],
      radius: 84 * plan.scale,
      along: depths[plan.bend * samplesPerStation] as number,
    },
    toeStart: length - 66 * plan.scale * (plan.reach ? 0.85 : 1),
    bounds: boundsOf(points),
  };
}

function measure(rows: number, front: (row: number) => Point, back: (row: number) => Point): number[] {
  const depths = [0];
  let previous = middle(front(0), back(0));
  for (let sample = 1; sample <= rows * samplesPerStation; sample++) {
    const row = sample / samplesPerStation;
    const here = middle(front(row), back(row));
    depths.push((depths.at(-1) as number) + Math.hypot(here[0] - previous[0], here[1] - previous[1]));
    previous = here;
  }
  return depths;
}

/** The tube's outline closed by the near rim, and the lens between near and far rim through which one looks inside. */
function rims(points: Point[], at: Shape["at"], sag: number): { outline: string; opening: string } {
  const across = Array.from({ length: 13 }, (_, i) => 1 - i / 6);
  const near = across.map((s) => at(0, s));
  const far = across.map((s) => {
    const edge = Math.sin(s * roundness) / Math.sin(roundness);
    return at(-(sag > 12 ? 1.25 : 1.9) * sag * (1 - edge * edge), s);
  });
  const curves = points.slice(0, -1).map((_, i) => {
    const [, c1, c2, end] = segment(points, i);
    return `C${xy(c1)} ${xy(c2)} ${xy(end)}`;
  });
  return {
    outline: `M${xy(points[0] as Point)}${curves.join("")}L${near.map(xy).join("L")}Z`,
    opening: `${polyline(near)}L${far.reverse().map(xy).join("L")}Z`,
  };
}

const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
function unit(from: Point, to: Point): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  return [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
}
function boundsOf(points: Point[]): Shape["bounds"] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
