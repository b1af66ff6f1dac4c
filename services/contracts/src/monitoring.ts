import { z } from "zod";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { shopMapRoutes } from "./shop-map.ts";
import { instant, uuid } from "./text.ts";

/**
 * `not-ready`: it answers, and says it cannot serve; `down`: it does not answer; `unknown`: it cannot be asked, since
 * something on the way to it is away; `absent`: this shop runs without it.
 */
export const partStatus = z.enum(["up", "not-ready", "down", "unknown", "absent"]);
export type PartStatus = z.infer<typeof partStatus>;

const state = { status: partStatus, since: instant, detail: z.string().optional() };
/** `service`, `sidecar`, `database`, and whatever else the service has said it needs, such as `workflow engine`. */
export const watchedPart = z.object({ part: z.string(), ...state });
export const watchedService = z.object({
  appId: z.string(),
  /** Of the service itself; what it stands on is in `parts`. */
  ...state,
  /** When it was last seen to have been started again. */
  restartedAt: instant.optional(),
  checkedAt: instant,
  parts: z.array(watchedPart),
});
export type WatchedService = z.infer<typeof watchedService>;
/** Why something is not there, and what would bring it. */
export const missing = z.object({ why: z.string(), whatToDo: z.string() });
export type Missing = z.infer<typeof missing>;
/** What stands under and beside the services. */
export const infrastructurePart = z.object({
  name: z.enum(["postgresql", "redis", "placement", "scheduler", "prometheus", "alertmanager", "zipkin"]),
  ...state,
  /** Its own page for people, where it has one. */
  url: z.url().optional(),
  /** Of what is `absent`. */
  missing: missing.optional(),
});
export type InfrastructurePart = z.infer<typeof infrastructurePart>;
export const stateChange = z.object({
  /** `infrastructure` where `part` is no service's but one of `infrastructurePart`. */
  appId: z.string(),
  part: z.string(),
  status: partStatus,
  /** Absent the first time that it was looked at. */
  was: partStatus.optional(),
  /** It was started again between two looks. */
  restarted: z.boolean(),
  detail: z.string().optional(),
  at: instant,
});
export type StateChange = z.infer<typeof stateChange>;
export const watchedServices = z.object({
  items: z.array(watchedService),
  total: z.int(),
  infrastructure: z.array(infrastructurePart),
  /** The latest fifty, newest first. */
  changes: z.array(stateChange),
  /** What Monitoring's own sidecar says of itself; absent while it does not answer. */
  sidecar: z
    .object({
      runtimeVersion: z.string(),
      components: z.array(z.object({ name: z.string(), type: z.string() })),
    })
    .optional(),
});
export type WatchedServices = z.infer<typeof watchedServices>;

/** The rules that Monitoring judges by itself; they need no Prometheus. */
export const ownAlertRule = z.enum([
  "service-down",
  "service-not-ready",
  "service-restarted",
  "infrastructure-down",
  "payments-declined",
  "stock-low",
  "order-stuck",
  "outbox-not-draining",
  "events-parked",
  "chain-broken",
]);
export type OwnAlertRule = z.infer<typeof ownAlertRule>;
/** One of Monitoring's own, or the name of one of Prometheus' (deploy/prometheus/rules.yaml). */
export const alertRule = z.string().regex(/^[A-Za-z][\w-]{0,63}$/);
export const alertSource = z.enum(["monitoring", "prometheus"]);
export const alertStatus = z.enum(["raised", "acknowledged", "resolved"]);
export type AlertStatus = z.infer<typeof alertStatus>;
export const alertSeverity = z.enum(["critical", "warning", "info"]);
export type AlertSeverity = z.infer<typeof alertSeverity>;
export const alert = z.object({
  id: uuid,
  rule: alertRule,
  /** Who found it. */
  source: alertSource,
  /** What it is about: an app-id, `<app-id>-sidecar`, a part's name, an order's id, a sku, or `payments`. */
  subject: z.string(),
  severity: alertSeverity,
  status: alertStatus,
  summary: z.string(),
  whatToDo: z.string(),
  /** What customers notice of it, where that is known. */
  customers: z.string().optional(),
  raisedAt: instant,
  acknowledgedAt: instant.optional(),
  /** The administrator's account id. */
  acknowledgedBy: uuid.optional(),
  resolvedAt: instant.optional(),
});
export type Alert = z.infer<typeof alert>;
export const alertPage = page(alert);
export type AlertPage = z.infer<typeof alertPage>;
/** `open` is everything that is not resolved. */
export const alertQuery = paging.extend({
  status: z.enum([...alertStatus.options, "open", "all"]).default("all"),
});

export const chartName = z.enum([
  "requests",
  "errors",
  "latency-p50",
  "latency",
  "latency-p99",
  "saga-steps",
  "saga-step-latency",
  "workflows",
  "outbox-lag",
  "inbox-lag",
  "delivery-latency",
  "events-applied",
  "parked",
  "logs-shipped",
  "logs-dropped",
  "cpu",
  "memory",
  "event-loop-lag",
  "database-waiting",
]);
export type ChartName = z.infer<typeof chartName>;
export const chartQuery = z.object({ minutes: z.coerce.number().int().min(1).max(1440).default(60) });
/** What can be said of a chart without drawing it. */
const aboutChart = {
  title: z.string(),
  /** One sentence: what a line shows. */
  about: z.string(),
  unit: z.enum(["per second", "per minute", "milliseconds", "events", "percent", "megabytes", "queries"]),
  /** `samples` are Monitoring's own, of the services only; `none` where neither has it, and `missing` says why. */
  source: z.enum(["prometheus", "samples", "none"]),
  missing: missing.optional(),
};
export const chart = z.object({
  chart: chartName,
  ...aboutChart,
  stepSeconds: z.int(),
  series: z.array(
    z.object({
      /** For the legend: an app-id, or what else tells the lines apart. */
      label: z.string(),
      /** The service it is of; absent where a line is of no single one. */
      appId: z.string().optional(),
      points: z.array(z.object({ at: instant, value: z.number() })),
    }),
  ),
});
export type Chart = z.infer<typeof chart>;
export const chartList = z.object({
  items: z.array(z.object({ name: chartName, ...aboutChart })),
  total: z.int(),
});
export type ChartList = z.infer<typeof chartList>;

/** Told by the stream when Monitoring's database goes away, since when nothing else can be told, and when it is back. */
export type Sight = { blindSince?: string };

const about = { alertId: uuid, rule: alertRule, subject: z.string() };
/** The CloudEvent's subject is `<rule>/<subject>`: at most one alert of it is open at a time. */
export const alertEvents = {
  AlertRaised: z.object({
    ...about,
    source: alertSource.default("monitoring"),
    severity: alertSeverity,
    summary: z.string(),
    whatToDo: z.string(),
    raisedAt: instant,
  }),
  AlertAcknowledged: z.object({ ...about, acknowledgedAt: instant, acknowledgedBy: uuid }),
  AlertResolved: z.object({ ...about, resolvedAt: instant }),
};

export const monitoringRoutes: Route[] = [
  ...shopMapRoutes,
  {
    method: "get",
    path: "/monitoring/services",
    access: "admin",
    summary: "How every service and its sidecar is, since when, and what changed lately",
    status: 200,
    response: watchedServices,
  },
  {
    method: "get",
    path: "/monitoring/alerts",
    access: "admin",
    summary: "Alerts, the latest first",
    query: alertQuery,
    status: 200,
    response: alertPage,
  },
  {
    method: "post",
    path: "/monitoring/alerts/:id/acknowledge",
    access: "admin",
    summary: "Say that somebody looks after an alert",
    status: 200,
    response: alert,
  },
  {
    method: "get",
    path: "/monitoring/charts",
    access: "admin",
    summary: "Every chart, where its figures come from, and why some are missing",
    status: 200,
    response: chartList,
  },
  {
    method: "get",
    path: "/monitoring/metrics/:chart",
    access: "admin",
    summary: "One chart over the last minutes",
    query: chartQuery,
    status: 200,
    response: chart,
  },
  {
    method: "get",
    path: "/monitoring/stream",
    access: "admin",
    summary: "Services and open alerts, now and after each change (server-sent events)",
    status: 200,
    responseType: "text/event-stream",
    response: z.string(),
  },
];
