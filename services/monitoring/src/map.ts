import type { MapNode, ShopMap } from "@sockshop/contracts/shop-map.ts";
import type { Database, Queryable } from "@sockshop/platform/database.ts";
import { drawSamples } from "./charts.ts";
import { infrastructureId } from "./infrastructure.ts";
import { type Sample, samplesOfLast } from "./samples.ts";
import { listStates, type PartState } from "./service-states.ts";
import { edgesOf, latestTraffic } from "./traffic.ts";

type Parts = { database: Database; watchedApps: readonly string[] };

const figuresSeconds = 75;

/** The shop as a map: how each part is, what goes between them, and what visitors meet. */
export async function drawMap({ database, watchedApps }: Parts): Promise<ShopMap> {
  const [states, traffic, samples, ordersInCheckout] = await Promise.all([
    listStates(database, [...watchedApps, infrastructureId]),
    latestTraffic(database),
    samplesOfLast(database, figuresSeconds),
    countOpenOrders(database),
  ]);
  return {
    at: new Date().toISOString(),
    figures: { ...visitorFigures(samples), ...parkedFigure(samples), ordersInCheckout },
    nodes: nodesOf(states),
    edges: edgesOf(traffic, watchedApps),
  };
}

const kinds: Record<string, MapNode["kind"]> = {
  service: "service",
  sidecar: "sidecar",
  database: "database",
};

function nodesOf(states: PartState[]): MapNode[] {
  return states.flatMap(({ appId, part, status, since, detail, restartedAt }): MapNode[] => {
    const isBroker = appId === infrastructureId && part === "redis";
    const kind = isBroker ? "broker" : kinds[part];
    if (!kind || (appId === infrastructureId && !isBroker)) return [];
    return [
      {
        id: isBroker ? "redis" : part === "service" ? appId : `${appId}-${part}`,
        kind,
        ...((kind === "sidecar" || kind === "database") && { of: appId }),
        status,
        since: since.toISOString(),
        ...(detail !== null && { detail }),
        ...(restartedAt && { restartedAt: restartedAt.toISOString() }),
      },
    ];
  });
}

/** Everything visitors do goes through the gateway, so that its last minute is the shop's. */
function visitorFigures(samples: Sample[]): Partial<ShopMap["figures"]> {
  const own = samples.filter(({ appId }) => appId === "gateway");
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last || first === last) return {};
  const latest = (chart: "requests" | "errors" | "latency") =>
    drawSamples(chart, [first, last])[0]?.points.at(-1)?.value;
  const [requests = 0, errors = 0, latency] = [latest("requests"), latest("errors"), latest("latency")];
  return {
    requestsPerSecond: requests,
    errorShare: requests > 0 ? errors / requests : 0,
    ...(latency !== undefined && { p95Milliseconds: latency }),
  };
}

function parkedFigure(samples: Sample[]): Partial<ShopMap["figures"]> {
  const last = new Map(samples.map(({ appId, parked }) => [appId, parked]));
  return last.size > 0 ? { parkedEvents: [...last.values()].reduce((sum, parked) => sum + parked, 0) } : {};
}

async function countOpenOrders(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>("select count(*) from open_orders");
  return rows[0]?.count ?? 0;
}
