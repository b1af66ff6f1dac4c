import type { MapEdge, MapNode, ShopMap } from "@sockshop/contracts/shop-map.ts";

export type Box = { id: string; x: number; y: number; width: number; height: number };
export type DrawnEdge = {
  key: string;
  path: string;
  labelAt: { x: number; y: number };
  /** Of all topics where it is about events; absent where nobody can tell. */
  perSecond: number | undefined;
  failedPerSecond: number;
  kind: MapEdge["kind"];
};
export type MapLayout = { width: number; height: number; isTall: boolean; boxes: Box[]; edges: DrawnEdge[] };

/** Those that call each other stand side by side. */
const usualOrder = ["rating", "catalog", "cart", "order", "payment", "logging", "monitoring"];
const narrowest = 820;

/** Below this width the map stands upright. */
export const isUpright = (width: number) => width < narrowest;

const rank = ({ id }: MapNode) => {
  const place = usualOrder.indexOf(id);
  return place < 0 ? usualOrder.length : place;
};

/**
 * The gateway as one bar, Redis as the other, the services between them in the order of `usualOrder`: what visitors ask crosses the
 * first gap, events cross the second, and neither crosses the other. `width` is in CSS pixels.
 */
export function layOut({ nodes, edges }: Pick<ShopMap, "nodes" | "edges">, width: number): MapLayout {
  const services = nodes
    .filter(({ kind, id }) => kind === "service" && id !== "gateway")
    .toSorted((a, b) => rank(a) - rank(b));
  const isTall = isUpright(width);
  const boxes = isTall ? tallBoxes(services, width) : wideBoxes(services, width);
  const height = Math.max(...boxes.map((box) => box.y + box.height)) + 2;
  return { width, height, isTall, boxes, edges: drawEdges(edges, boxes, isTall) };
}

function wideBoxes(services: MapNode[], width: number): Box[] {
  const slot = width / services.length;
  const boxWidth = Math.min(150, slot - 14);
  return [
    { id: "gateway", x: 0, y: 0, width, height: 62 },
    ...services.map(({ id }, i) => ({
      id,
      x: slot * i + (slot - boxWidth) / 2,
      y: 152,
      width: boxWidth,
      height: 86,
    })),
    { id: "redis", x: 0, y: 312, width, height: 46 },
  ];
}

function tallBoxes(services: MapNode[], width: number): Box[] {
  const slot = 104;
  const bar = Math.min(96, width * 0.21);
  const boxWidth = Math.min(180, width * 0.36);
  const height = slot * services.length - 16;
  return [
    { id: "gateway", x: 0, y: 0, width: bar, height },
    ...services.map(({ id }, i) => ({
      id,
      x: (width - boxWidth) / 2,
      y: slot * i,
      width: boxWidth,
      height: 86,
    })),
    { id: "redis", x: width - bar, y: 0, width: bar, height },
  ];
}

function drawEdges(edges: MapEdge[], boxes: Box[], isTall: boolean): DrawnEdge[] {
  const boxOf = new Map(boxes.map((box) => [box.id, box]));
  // Between the first two services, where the gateway's own events pass by.
  const [one, two] = boxes.filter(({ id }) => id !== "gateway" && id !== "redis");
  const pass = isTall
    ? ((one ? one.y + one.height : 0) + (two?.y ?? 0)) / 2
    : ((one ? one.x + one.width : 0) + (two?.x ?? 0)) / 2;
  // One line for all topics between a service and Redis.
  const lines = Map.groupBy(edges, ({ kind, from, to }) => `${kind} ${from} ${to}`);
  return [...lines].flatMap(([key, same]) => {
    const [first] = same;
    const [from, to] = [boxOf.get(first?.from ?? ""), boxOf.get(first?.to ?? "")];
    if (!first || !from || !to) return [];
    const known = same.flatMap(({ perSecond }) => (perSecond === undefined ? [] : [perSecond]));
    return [
      {
        key,
        kind: first.kind,
        perSecond: known.length > 0 ? known.reduce((sum, rate) => sum + rate, 0) : undefined,
        failedPerSecond: same.reduce((sum, { failedPerSecond = 0 }) => sum + failedPerSecond, 0),
        ...route(first, from, to, isTall, pass),
      },
    ];
  });
}

type Routed = Pick<DrawnEdge, "path" | "labelAt">;

function route({ kind }: MapEdge, from: Box, to: Box, isTall: boolean, pass: number): Routed {
  if (kind === "publish" && from.id === "gateway") return past(from, to, isTall, pass);
  if (kind === "call" && from.id !== "gateway" && to.id !== "gateway") return arc(from, to, isTall);
  const [service, bar] = from.id === "gateway" || from.id === "redis" ? [to, from] : [from, to];
  const aside = kind === "publish" ? -18 : kind === "deliver" ? 18 : 0;
  const ends = isTall ? across(service, bar, aside) : down(service, bar, aside);
  const [start, end] = from === service ? ends : [ends[1], ends[0]];
  const [x, y] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
  return {
    path: `M ${start.x} ${start.y} L ${end.x} ${end.y}`,
    labelAt: isTall ? { x, y: y - 7 } : { x: x + (aside < 0 ? -22 : 22), y: y + 4 },
  };
}

/** From the gateway to Redis, between two services. */
function past(from: Box, to: Box, isTall: boolean, pass: number): Routed {
  const [start, end] = isTall
    ? [
        { x: from.x + from.width, y: pass },
        { x: to.x, y: pass },
      ]
    : [
        { x: pass, y: from.y + from.height },
        { x: pass, y: to.y },
      ];
  return {
    path: `M ${start.x} ${start.y} L ${end.x} ${end.y}`,
    labelAt: isTall ? { x: end.x - 26, y: pass - 7 } : { x: pass + 22, y: end.y - 20 },
  };
}

type Point = { x: number; y: number };

/** From a service straight to the bar above or below it. */
function down(service: Box, bar: Box, aside: number): [Point, Point] {
  const x = service.x + service.width / 2 + aside;
  return bar.y < service.y
    ? [
        { x, y: service.y },
        { x, y: bar.y + bar.height },
      ]
    : [
        { x, y: service.y + service.height },
        { x, y: bar.y },
      ];
}

/** From a service straight to the bar at its side. */
function across(service: Box, bar: Box, aside: number): [Point, Point] {
  const y = service.y + service.height / 2 + aside;
  return bar.x < service.x
    ? [
        { x: service.x, y },
        { x: bar.x + bar.width, y },
      ]
    : [
        { x: service.x + service.width, y },
        { x: bar.x, y },
      ];
}

/** Between two services: a bow in the gap on the gateway's side, the higher the further apart they stand. */
function arc(from: Box, to: Box, isTall: boolean): Routed {
  const along = isTall ? "y" : "x";
  const size = isTall ? "height" : "width";
  const middle = (box: Box) => box[along] + box[size] / 2;
  const way = Math.sign(middle(to) - middle(from));
  const [a, b] = [middle(from) + way * 30, middle(to) - way * 30];
  const edge = isTall ? from.x : from.y;
  const bow = edge - Math.min(isTall ? 34 : 60, 22 + Math.abs(b - a) / 9);
  const at = (main: number, cross: number) => (isTall ? `${cross} ${main}` : `${main} ${cross}`);
  const label = { main: (a + b) / 2, cross: edge - (edge - bow) * 0.75 };
  return {
    path: `M ${at(a, edge)} C ${at(a, bow)} ${at(b, bow)} ${at(b, edge)}`,
    labelAt: isTall ? { x: label.cross, y: label.main } : { x: label.main, y: label.cross - 5 },
  };
}
