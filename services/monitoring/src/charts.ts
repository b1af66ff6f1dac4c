import type { Chart, ChartName } from "@sockshop/contracts/monitoring.ts";
import { chartList } from "./chart-list.ts";
import type { Sample } from "./samples.ts";

const mostPoints = 120;
const scrapeSeconds = 10;

/** Fine enough to show every sample of an hour's third, coarse enough to draw a day. */
export const stepFor = (minutes: number) =>
  Math.max(scrapeSeconds, Math.ceil((minutes * 60) / mostPoints / scrapeSeconds) * scrapeSeconds);

type Pair = { before: Sample; now: Sample };

/** The charts that samples are enough for. */
const values: Partial<Record<ChartName, (pair: Pair) => number | undefined>> = {
  requests: (pair) => rate(pair, ({ requests }) => requests),
  errors: (pair) => rate(pair, ({ errors }) => errors),
  "latency-p50": (pair) => slowest(pair, 0.5),
  latency: (pair) => slowest(pair, 0.95),
  "latency-p99": (pair) => slowest(pair, 0.99),
  "outbox-lag": ({ now }) => now.outboxLag,
  "inbox-lag": ({ now }) => now.inboxLag,
  parked: ({ now }) => now.parked,
};

export const canDraw = (name: ChartName) => name in values;

/** One chart of samples that come in the order of service and time; a service without requests has no latency. */
export function drawSamples(name: ChartName, samples: Sample[]): Chart["series"] {
  const value = values[name];
  if (!value) return [];
  const series = Map.groupBy(samples, ({ appId }) => appId);
  return [...series].map(([appId, own]) => ({
    label: appId,
    appId,
    points: own.flatMap((now, index) => {
      const before = own[index - 1];
      // What is counted needs two samples, what waits is told by one.
      const point =
        before || chartList[name].unit === "events" ? value({ before: before ?? now, now }) : undefined;
      return point === undefined ? [] : [{ at: now.at.toISOString(), value: round(point) }];
    }),
  }));
}

/** A counter that fell belongs to a process that was started again at 0. */
const grown = (before: number, now: number) => (now < before ? now : now - before);

function rate({ before, now }: Pair, counter: (sample: Sample) => number): number {
  const seconds = (now.at.getTime() - before.at.getTime()) / 1000;
  return seconds > 0 ? grown(counter(before), counter(now)) / seconds : 0;
}

/** What a share of the requests stayed below, in milliseconds: a straight line within the bucket it falls in. */
function slowest({ before, now }: Pair, share: number): number | undefined {
  const restarted = now.requests < before.requests;
  const bounds = Object.keys(now.durations)
    .filter((bound) => bound !== "+Inf")
    .map((bound) => ({ upTo: Number(bound), bound }))
    .sort((a, b) => a.upTo - b.upTo);
  const count = ({ bound }: { bound: string }) =>
    (now.durations[bound] ?? 0) - (restarted ? 0 : (before.durations[bound] ?? 0));
  const all = count({ bound: "+Inf" });
  if (all <= 0) return undefined;
  let below = { upTo: 0, count: 0 };
  for (const at of bounds) {
    const here = { upTo: at.upTo, count: count(at) };
    if (here.count >= all * share) {
      const within = (all * share - below.count) / (here.count - below.count);
      return 1000 * (below.upTo + within * (here.upTo - below.upTo));
    }
    below = here;
  }
  return 1000 * below.upTo;
}

export const round = (value: number) => Math.round(value * 1000) / 1000;
