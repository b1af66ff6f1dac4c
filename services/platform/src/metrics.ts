import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export type Metrics = {
  registry: Registry;
  /** Seconds by method, route pattern and status; the pattern, not the address, keeps the number of series bounded. */
  httpDuration: Histogram<"method" | "route" | "status">;
  /** Events with a position that the broker has not taken yet. */
  outboxLag: Gauge<"topic">;
  /** Events known at the source and not yet applied here. */
  inboxLag: Gauge<"consumer" | "topic">;
  parked: Gauge<"consumer" | "topic">;
  /** Calls through the own sidecar; `upkeep` is what only keeps the shop running: probes, scrapes, gap filling. */
  sidecarCalls: Counter<"target" | "outcome" | "purpose">;
  eventsPublished: Counter<"topic">;
  eventsApplied: Counter<"consumer" | "topic">;
  eventsFetched: Counter<"topic">;
  /** Seconds from the change that an event tells of until it was applied here. */
  eventDelivery: Histogram<"topic">;
  /** Seconds of one run of a workflow's activity. */
  activityDuration: Histogram<"activity" | "outcome">;
  /** Queries that wait for a connection to the service's own database. */
  databaseWaiting: Gauge;
  logsShipped: Counter;
  /** Log records that were not sent on: the sidecar was away for too long, or refused them. */
  logsDropped: Counter;
  /** Spans of traces: `sent` to Zipkin, or `dropped` since it was away or they were too many. */
  spans: Counter<"outcome">;
};

/** The registry of one service with what every service measures. */
export function createMetrics(appId: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: appId });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpDuration: new Histogram({
      name: "http_request_duration_seconds",
      help: "Duration of HTTP requests",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    outboxLag: new Gauge({
      name: "outbox_lag_events",
      help: "Events not yet taken by the broker",
      labelNames: ["topic"],
      registers,
    }),
    inboxLag: new Gauge({
      name: "inbox_lag_events",
      help: "Events not yet applied",
      labelNames: ["consumer", "topic"],
      registers,
    }),
    parked: new Gauge({
      name: "parked_events",
      help: "Events set aside because their handler keeps failing",
      labelNames: ["consumer", "topic"],
      registers,
    }),
    sidecarCalls: new Counter({
      name: "sidecar_calls_total",
      help: "Calls of other services through the sidecar",
      labelNames: ["target", "outcome", "purpose"],
      registers,
    }),
    eventsPublished: new Counter({
      name: "events_published_total",
      help: "Events taken by the broker",
      labelNames: ["topic"],
      registers,
    }),
    eventsApplied: new Counter({
      name: "events_applied_total",
      help: "Events applied",
      labelNames: ["consumer", "topic"],
      registers,
    }),
    eventsFetched: new Counter({
      name: "events_fetched_total",
      help: "Events fetched from their source instead of the broker",
      labelNames: ["topic"],
      registers,
    }),
    eventDelivery: new Histogram({
      name: "event_delivery_seconds",
      help: "Seconds from the change that an event tells of until it was applied",
      labelNames: ["topic"],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
      registers,
    }),
    activityDuration: new Histogram({
      name: "workflow_activity_duration_seconds",
      help: "Duration of one run of an activity",
      labelNames: ["activity", "outcome"],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    databaseWaiting: new Gauge({
      name: "database_waiting_queries",
      help: "Queries that wait for a connection to the database",
      registers,
    }),
    logsShipped: new Counter({
      name: "log_records_shipped_total",
      help: "Log records sent to the log store",
      registers,
    }),
    logsDropped: new Counter({
      name: "log_records_dropped_total",
      help: "Log records that could not be sent to the log store",
      registers,
    }),
    spans: new Counter({
      name: "trace_spans_total",
      help: "Spans sent to Zipkin, or dropped since it was away or they were too many",
      labelNames: ["outcome"],
      registers,
    }),
  };
}

/** Something that one service alone measures. */
export function addGauge<Label extends string>(
  { registry }: Metrics,
  name: string,
  { help, labelNames = [] }: { help: string; labelNames?: Label[] },
): Gauge<Label> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
