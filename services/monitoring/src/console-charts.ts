import type { Chart, ChartList, ChartName, Missing } from "@sockshop/contracts/monitoring.ts";
import type { Database } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { chartList } from "./chart-list.ts";
import { canDraw, drawSamples, stepFor } from "./charts.ts";
import type { Infrastructure } from "./infrastructure.ts";
import type { Whereabouts } from "./optional-parts.ts";
import { drawFromPrometheus, isPrometheusReady } from "./prometheus-charts.ts";
import { samplesByStep } from "./samples.ts";

type Parts = { database: Database; log: Log; infrastructure: Pick<Infrastructure, "find"> };

/** Every chart with where its figures come from. */
export async function listCharts({ infrastructure }: Pick<Parts, "infrastructure">): Promise<ChartList> {
  const where = infrastructure.find("prometheus");
  const ready = "url" in where && (await isPrometheusReady(where.url));
  const items = Object.entries(chartList).map(([key, about]) => {
    const name = key as ChartName;
    return { name, ...about, ...(ready ? ({ source: "prometheus" } as const) : without(name, where)) };
  });
  return { items, total: items.length };
}

/** One chart over the last minutes: of Prometheus where it answers, else of our own samples where they are enough. */
export async function drawChart(parts: Parts, name: ChartName, minutes: number): Promise<Chart> {
  const span = { minutes, stepSeconds: stepFor(minutes) };
  const drawn = { chart: name, ...chartList[name], stepSeconds: span.stepSeconds };
  const where = parts.infrastructure.find("prometheus");
  if ("url" in where) {
    try {
      return { ...drawn, source: "prometheus", series: await drawFromPrometheus(where.url, name, span) };
    } catch (error) {
      parts.log.warn({ err: error, chart: name }, "Prometheus did not answer; a chart is drawn without it");
    }
  }
  const source = without(name, where);
  const samples = source.source === "samples" ? await samplesByStep(parts.database, span) : [];
  return { ...drawn, ...source, series: drawSamples(name, samples) };
}

const without = (
  name: ChartName,
  where: Whereabouts,
): { source: "samples" } | { source: "none"; missing: Missing } =>
  canDraw(name) ? { source: "samples" } : { source: "none", missing: whyMissing(where) };

function whyMissing(where: Whereabouts): Missing {
  const only = "Only Prometheus keeps what this chart shows";
  if ("url" in where)
    return {
      why: `${only}, and it does not answer at ${where.url}.`,
      whatToDo: "npm start brings it back by itself. If it does not, see its log in .sockshop/logs.",
    };
  if ("coming" in where)
    return { why: `${only}, and it is not up yet: ${where.coming}.`, whatToDo: "Wait until it is." };
  return { why: `${only}, and there is none: ${where.why}`, whatToDo: where.whatToDo };
}
