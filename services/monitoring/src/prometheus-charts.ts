import type { Chart, ChartName } from "@sockshop/contracts/monitoring.ts";
import { z } from "zod";

type Labels = Record<string, string>;
type Drawing = {
  /** PromQL, with `$window` for the span that rates are taken over. */
  query: string;
  label?: (labels: Labels) => string;
};

/** What visitors ask, as in metrics-text.ts: not what keeps the shop running, nor streams. */
const visits =
  'route!~"/(healthz|readyz|metrics|scrape|prometheus|alertmanager|dapr|internal|events)(/.*)?|.*/(stream|events)"';
const requests = `sum by (service) (rate(http_request_duration_seconds_count{${visits}}[$window]))`;
const perMinute = (by: string, counter: string) => `60 * sum by (${by}) (rate(${counter}[$window]))`;
const quantile = (share: number, by: string, histogram: string, matching = "") =>
  `1000 * histogram_quantile(${share}, sum by (${by}, le) (rate(${histogram}_bucket{${matching}}[$window])))`;
const latency = (share: number) => quantile(share, "service", "http_request_duration_seconds", visits);
const perProcess = 'job=~"services|sidecars"';
const processLabel = ({ service, job }: Labels) => (job === "sidecars" ? `${service} sidecar` : `${service}`);

const drawings: Record<ChartName, Drawing> = {
  requests: { query: requests },
  // A service without errors has a line too, at 0.
  errors: {
    query: `sum by (service) (rate(http_request_duration_seconds_count{status=~"5..",${visits}}[$window])) or 0 * ${requests}`,
  },
  "latency-p50": { query: latency(0.5) },
  latency: { query: latency(0.95) },
  "latency-p99": { query: latency(0.99) },
  "saga-steps": {
    query: perMinute("service, activity, outcome", "workflow_activity_duration_seconds_count"),
    label: ({ activity, outcome }) => `${activity} ${outcome}`,
  },
  "saga-step-latency": {
    query: quantile(0.95, "service, activity", "workflow_activity_duration_seconds"),
    label: ({ activity }) => `${activity}`,
  },
  workflows: {
    query: perMinute("service, workflow_name, status", "dapr_runtime_workflow_execution_count"),
    label: ({ workflow_name, status }) => `${workflow_name} ${status}`,
  },
  "outbox-lag": { query: "sum by (service) (outbox_lag_events)" },
  "inbox-lag": { query: "sum by (service) (inbox_lag_events)" },
  "delivery-latency": { query: quantile(0.95, "service", "event_delivery_seconds") },
  "events-applied": { query: "sum by (service) (rate(events_applied_total[$window]))" },
  parked: { query: "sum by (service) (parked_events)" },
  "logs-shipped": { query: "sum by (service) (rate(log_records_shipped_total[$window]))" },
  "logs-dropped": { query: "sum by (service) (rate(log_records_dropped_total[$window]))" },
  cpu: {
    query: `100 * sum by (service, job) (rate(process_cpu_seconds_total{${perProcess}}[$window]))`,
    label: processLabel,
  },
  memory: {
    query: `sum by (service, job) (process_resident_memory_bytes{${perProcess}}) / 1e6`,
    label: processLabel,
  },
  "event-loop-lag": { query: "1000 * max by (service) (nodejs_eventloop_lag_p99_seconds)" },
  "database-waiting": { query: "sum by (service) (database_waiting_queries)" },
};

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});
const patienceMs = 5_000;
/** Four scrapes: one may be late and one lost. */
const leastWindowSeconds = 40;

/** One chart of what Prometheus kept; throws when it does not answer. */
export async function drawFromPrometheus(
  url: string,
  name: ChartName,
  { minutes, stepSeconds }: { minutes: number; stepSeconds: number },
): Promise<Chart["series"]> {
  const { query, label = ({ service }) => service ?? "all" } = drawings[name];
  const end = Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
  const response = await fetch(`${url.replace(/\/$/, "")}/api/v1/query_range`, {
    method: "POST",
    body: new URLSearchParams({
      query: query.replaceAll("$window", `${Math.max(leastWindowSeconds, stepSeconds)}s`),
      start: String(end - minutes * 60),
      end: String(end),
      step: String(stepSeconds),
    }),
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!response.ok)
    throw new Error(`Prometheus answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  const { result } = answer.parse(await response.json()).data;
  return result.map(({ metric, values }) => ({
    label: label(metric),
    ...(metric.service && { appId: metric.service }),
    // A quantile of nothing is no number.
    points: values.flatMap(([at, value]) =>
      Number.isFinite(Number(value))
        ? [{ at: new Date(at * 1000).toISOString(), value: Math.round(Number(value) * 1000) / 1000 }]
        : [],
    ),
  }));
}

/** Whether it answers, for a list of what can be drawn. */
export async function isPrometheusReady(url: string): Promise<boolean> {
  const response = await fetch(`${url.replace(/\/$/, "")}/-/ready`, {
    signal: AbortSignal.timeout(1_500),
  }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}
