import type { MapEdge } from "@sockshop/contracts/shop-map.ts";
import { topics } from "@sockshop/contracts/topics.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import { readLines } from "./metrics-text.ts";

/** What one service has done since its process began: calls by target, events published and applied by topic. */
export type Traffic = {
  calls: Record<string, { all: number; failed: number }>;
  published: Record<string, number>;
  applied: Record<string, number>;
};
export type TrafficSample = { appId: string; at: Date; counters: Traffic };

const keptMinutes = 5;
/** Two scrapes may be lost before a service's last sample is too old to be called "now". */
const currentSeconds = 35;

/** Reads the text of one `/metrics`. Calls that only keep the shop running are left out. */
export function readTraffic(text: string): Traffic {
  const traffic: Traffic = { calls: {}, published: {}, applied: {} };
  for (const { name, labels, value } of readLines(text)) {
    if (name === "sidecar_calls_total" && labels.purpose === "work") {
      const target = labels.target ?? "";
      const { all, failed } = traffic.calls[target] ?? { all: 0, failed: 0 };
      traffic.calls[target] = {
        all: all + value,
        failed: failed + (labels.outcome === "failed" ? value : 0),
      };
    }
    const topic = labels.topic ?? "";
    if (name === "events_published_total") traffic.published[topic] = value;
    // Consumers of one topic each apply all of its events.
    if (name === "events_applied_total")
      traffic.applied[topic] = Math.max(traffic.applied[topic] ?? 0, value);
  }
  return traffic;
}

export async function storeTraffic(
  db: Queryable,
  appId: string,
  counters: Traffic,
  at = new Date(),
): Promise<void> {
  await db.query("insert into traffic (app_id, at, counters) values ($1, $2, $3) on conflict do nothing", [
    appId,
    at,
    JSON.stringify(counters),
  ]);
  await db.query("delete from traffic where at < now() - make_interval(mins => $1)", [keptMinutes]);
}

/** The last two samples of each service that was read lately, oldest first. */
export async function latestTraffic(db: Queryable): Promise<TrafficSample[]> {
  const { rows } = await db.query<TrafficSample>(
    `select app_id as "appId", at, counters from (
       select *, row_number() over (partition by app_id order by at desc) as age from traffic
       where at > now() - make_interval(secs => $1)
     ) latest where age <= 2 order by app_id, at`,
    [currentSeconds],
  );
  return rows;
}

/** Who calls whom, as seen since their processes began, and who publishes and hears what, as `topics` says. */
export function edgesOf(samples: TrafficSample[], appIds: readonly string[]): MapEdge[] {
  const rates = new Map(
    appIds.map((appId) => [appId, ratesOf(samples.filter((own) => own.appId === appId))]),
  );
  const calls = appIds.flatMap((from) => callEdges(from, rates.get(from), appIds));
  const events = Object.entries(topics).flatMap(([topic, { source, subscribers }]): MapEdge[] => [
    {
      kind: "publish",
      from: source,
      to: "redis",
      topic,
      ...eventRate(rates.get(source), "published", topic),
    },
    ...subscribers.map(
      (to): MapEdge => ({
        kind: "deliver",
        from: "redis",
        to,
        topic,
        ...eventRate(rates.get(to), "applied", topic),
      }),
    ),
  ]);
  const known = new Set([...appIds, "redis"]);
  return [...calls, ...events.filter(({ from, to }) => known.has(from) && known.has(to))];
}

type Rates = { now: Traffic; perSecond: (counter: (traffic: Traffic) => number | undefined) => number };

function ratesOf(own: TrafficSample[]): Rates | undefined {
  const [before, now] = own;
  if (!before || !now) return undefined;
  const seconds = (now.at.getTime() - before.at.getTime()) / 1000;
  return {
    now: now.counters,
    perSecond(counter) {
      const [then, value] = [counter(before.counters) ?? 0, counter(now.counters) ?? 0];
      // A counter that fell belongs to a process that was started again at 0.
      return Math.round(((value < then ? value : value - then) / seconds) * 100) / 100;
    },
  };
}

const callEdges = (from: string, rates: Rates | undefined, appIds: readonly string[]): MapEdge[] =>
  Object.keys(rates?.now.calls ?? {})
    .filter((to) => appIds.includes(to) && to !== from)
    .map((to) => ({
      kind: "call",
      from,
      to,
      perSecond: rates?.perSecond(({ calls }) => calls[to]?.all) ?? 0,
      failedPerSecond: rates?.perSecond(({ calls }) => calls[to]?.failed) ?? 0,
    }));

const eventRate = (rates: Rates | undefined, way: "published" | "applied", topic: string) =>
  rates ? { perSecond: rates.perSecond((traffic) => traffic[way][topic]) } : {};
