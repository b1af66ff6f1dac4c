import type { Chart } from "@sockshop/contracts/monitoring.ts";

/** One row of times in seconds and one of values for each line; what was not measured is null. */
export type ChartData = { labels: string[]; times: number[]; values: (number | null)[][] };

/** Lines of several services on one row of times: each point goes to its step. `only` leaves one service's lines. */
export function chartData(
  { series, stepSeconds }: Pick<Chart, "series" | "stepSeconds">,
  only?: string,
): ChartData {
  const shown = series.filter(({ appId }) => only === undefined || appId === only);
  const stepOf = (at: string) => Math.floor(new Date(at).getTime() / 1000 / stepSeconds) * stepSeconds;
  const stepped = shown.map(({ points }) => new Map(points.map(({ at, value }) => [stepOf(at), value])));
  const all = stepped.flatMap((line) => [...line.keys()]);
  if (all.length === 0)
    return { labels: shown.map(({ label }) => label), times: [], values: shown.map(() => []) };
  const [first, last] = [Math.min(...all), Math.max(...all)];
  // Every step has its place, so that a gap in what was measured is a gap in the line.
  const times = Array.from({ length: (last - first) / stepSeconds + 1 }, (_, i) => first + i * stepSeconds);
  return {
    labels: shown.map(({ label }) => label),
    times,
    values: stepped.map((line) => times.map((time) => line.get(time) ?? null)),
  };
}

/** Of each line what was measured last, and its lowest and highest. */
export function summaries({ labels, values }: ChartData) {
  return labels.map((label, i) => {
    const known = (values[i] ?? []).filter((value) => value !== null);
    return { label, last: known.at(-1), lowest: lowest(known), highest: highest(known) };
  });
}

const lowest = (known: number[]) => (known.length > 0 ? Math.min(...known) : undefined);
const highest = (known: number[]) => (known.length > 0 ? Math.max(...known) : undefined);
