import { z } from "zod";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { instant, uuid } from "./text.ts";

/**
 * `not-ready`: it answers, and says it cannot serve; `down`: it does not answer; `unknown`: it cannot be asked, since
 * something on the way to it is away.
 */
export const partStatus = z.enum(["up", "not-ready", "down", "unknown"]);
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
export const stateChange = z.object({
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

export const alertRule = z.enum([
  "service-down",
  "service-not-ready",
  "service-restarted",
  "payments-declined",
  "stock-low",
  "order-stuck",
  "outbox-not-draining",
  "events-parked",
]);
export type AlertRule = z.infer<typeof alertRule>;
export const alertStatus = z.enum(["raised", "acknowledged", "resolved"]);
export type AlertStatus = z.infer<typeof alertStatus>;
export const alertSeverity = z.enum(["critical", "warning", "info"]);
export type AlertSeverity = z.infer<typeof alertSeverity>;
export const alert = z.object({
  id: uuid,
  rule: alertRule,
  /** What it is about: an app-id, `<app-id>-sidecar`, an order's id, a sku, or `payments`. */
  subject: z.string(),
  severity: alertSeverity,
  status: alertStatus,
  summary: z.string(),
  whatToDo: z.string(),
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

export const chartName = z.enum(["requests", "errors", "latency", "outbox-lag", "inbox-lag", "parked"]);
export type ChartName = z.infer<typeof chartName>;
export const chartQuery = z.object({ minutes: z.coerce.number().int().min(1).max(1440).default(60) });
export const chart = z.object({
  chart: chartName,
  unit: z.enum(["per second", "milliseconds", "events"]),
  stepSeconds: z.int(),
  series: z.array(
    z.object({ appId: z.string(), points: z.array(z.object({ at: instant, value: z.number() })) }),
  ),
});
export type Chart = z.infer<typeof chart>;

const about = { alertId: uuid, rule: alertRule, subject: z.string() };
/** The CloudEvent's subject is `<rule>/<subject>`: at most one alert of it is open at a time. */
export const alertEvents = {
  AlertRaised: z.object({
    ...about,
    severity: alertSeverity,
    summary: z.string(),
    whatToDo: z.string(),
    raisedAt: instant,
  }),
  AlertAcknowledged: z.object({ ...about, acknowledgedAt: instant, acknowledgedBy: uuid }),
  AlertResolved: z.object({ ...about, resolvedAt: instant }),
};

export const monitoringRoutes: Route[] = [
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
    path: "/monitoring/metrics/:chart",
    access: "admin",
    summary: "One chart over the last minutes: requests, errors, latency, outbox-lag, inbox-lag or parked",
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
