import type { Chart, ChartList, ChartName } from "@sockshop/contracts/monitoring.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { chartList } from "./chart-list.ts";
import { canDraw, drawSamples, stepFor } from "./charts.ts";
import { samplesByStep } from "./samples.ts";

const missing = {
  why: "Only Prometheus keeps what this chart shows, and there is none.",
  whatToDo: "Start the shop with Prometheus: README.md says where it is looked for.",
};

/** Every chart with where its figures come from. */
export function listCharts(): ChartList {
  const items = Object.entries(chartList).map(([name, about]) => ({
    name: name as ChartName,
    ...about,
    ...sourceOf(name as ChartName),
  }));
  return { items, total: items.length };
}

const sourceOf = (name: ChartName) =>
  canDraw(name) ? ({ source: "samples" } as const) : ({ source: "none", missing } as const);

/** One chart over the last minutes. */
export async function drawChart(
  { database }: { database: Database },
  name: ChartName,
  minutes: number,
): Promise<Chart> {
  const stepSeconds = stepFor(minutes);
  const source = sourceOf(name);
  const series =
    source.source === "none"
      ? []
      : drawSamples(name, await samplesByStep(database, { minutes, stepSeconds }));
  return { chart: name, ...chartList[name], ...source, stepSeconds, series };
}
