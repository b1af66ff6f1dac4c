import type { Chart, ChartName } from "@sockshop/contracts/monitoring.ts";

export type ChartAbout = Pick<Chart, "title" | "about" | "unit">;

/** What each chart shows; the order is the console's. */
export const chartList: Record<ChartName, ChartAbout> = {
  requests: {
    title: "Requests",
    about: "Requests that each service answered; health checks, deliveries and streams are left out.",
    unit: "per second",
  },
  errors: {
    title: "Errors",
    about: "Requests that each service answered with a 5xx.",
    unit: "per second",
  },
  "latency-p50": {
    title: "Latency, median",
    about: "What half of a service's requests stay below.",
    unit: "milliseconds",
  },
  latency: {
    title: "Latency, 95th percentile",
    about: "What 95 of 100 of a service's requests stay below.",
    unit: "milliseconds",
  },
  "latency-p99": {
    title: "Latency, 99th percentile",
    about: "What 99 of 100 of a service's requests stay below.",
    unit: "milliseconds",
  },
  "saga-steps": {
    title: "Saga steps",
    about: "Steps of checkouts, cancellations and refunds, by how they ended.",
    unit: "per minute",
  },
  "saga-step-latency": {
    title: "Saga steps, duration",
    about: "What 95 of 100 runs of a step stay below.",
    unit: "milliseconds",
  },
  workflows: {
    title: "Workflows",
    about: "Workflows that ended, by how, as their sidecar counts them.",
    unit: "per minute",
  },
  "outbox-lag": {
    title: "Outbox lag",
    about: "Events that the broker has not taken yet.",
    unit: "events",
  },
  "inbox-lag": {
    title: "Inbox lag",
    about: "Events that are known at their source and not applied yet.",
    unit: "events",
  },
  "delivery-latency": {
    title: "Pub/sub lag",
    about: "What 95 of 100 events need from the change they tell of until a service has applied them.",
    unit: "milliseconds",
  },
  "events-applied": {
    title: "Events applied",
    about: "Events that each service applied.",
    unit: "per second",
  },
  parked: {
    title: "Parked events",
    about: "Events set aside because their handler keeps failing.",
    unit: "events",
  },
  "logs-shipped": {
    title: "Log records shipped",
    about: "Log records that each service sent to the log store.",
    unit: "per second",
  },
  "logs-dropped": {
    title: "Log records dropped",
    about: "Log records that could not be sent to the log store.",
    unit: "per second",
  },
  cpu: {
    title: "CPU",
    about: "How much of one core each service and sidecar uses.",
    unit: "percent",
  },
  memory: {
    title: "Memory",
    about: "What each service and sidecar holds in memory.",
    unit: "megabytes",
  },
  "event-loop-lag": {
    title: "Event loop lag",
    about: "How late each service's event loop is, for 99 of 100 turns.",
    unit: "milliseconds",
  },
  "database-waiting": {
    title: "Queries waiting",
    about: "Queries that wait for a connection to the service's database.",
    unit: "queries",
  },
};
