import type { Alert, Chart, ChartList, WatchedServices } from "@sockshop/contracts/monitoring.ts";
import type { ShopMap, SidecarsPage } from "@sockshop/contracts/shop-map.ts";
import { json, type Shop } from "./storefront.ts";

const since = "2026-03-01T11:00:00.000Z";

export const watched = (more: Partial<WatchedServices["items"][number]> = {}): WatchedServices => ({
  items: [
    {
      appId: "gateway",
      status: "up",
      since,
      checkedAt: since,
      parts: [{ part: "sidecar", status: "up", since }],
    },
    {
      appId: "cart",
      status: "up",
      since,
      checkedAt: since,
      parts: [{ part: "sidecar", status: "up", since }],
      ...more,
    },
  ],
  total: 2,
  infrastructure: [
    { name: "redis", status: "up", since },
    {
      name: "prometheus",
      status: "absent",
      since,
      missing: { why: "It was not found.", whatToDo: "Install prometheus." },
    },
  ],
  changes: [],
});

export const anAlert = (more: Partial<Alert> = {}): Alert => ({
  id: "0198c0de-0000-7000-8000-00000000a1e7",
  rule: "service-down",
  source: "monitoring",
  subject: "cart",
  severity: "critical",
  status: "raised",
  summary: "cart is down. It keeps silent.",
  whatToDo: "Read its log.",
  raisedAt: since,
  ...more,
});
export const alertPage = (...items: Alert[]) => ({ items, total: items.length, page: 1, pageSize: 100 });

export const aMap = (more: Partial<ShopMap> = {}): ShopMap => ({
  at: since,
  figures: {
    requestsPerSecond: 12.4,
    errorShare: 0.02,
    p95Milliseconds: 84,
    ordersInCheckout: 3,
    parkedEvents: 0,
  },
  nodes: [
    { id: "gateway", kind: "service", status: "up", since },
    { id: "gateway-sidecar", kind: "sidecar", of: "gateway", status: "up", since },
    { id: "cart", kind: "service", status: "up", since },
    { id: "cart-database", kind: "database", of: "cart", status: "up", since },
    { id: "order", kind: "service", status: "up", since },
    { id: "redis", kind: "broker", status: "up", since },
  ],
  edges: [
    { kind: "call", from: "gateway", to: "cart", perSecond: 4.2, failedPerSecond: 0.5 },
    { kind: "publish", from: "cart", to: "redis", topic: "cart-events", perSecond: 1.5 },
    { kind: "deliver", from: "redis", to: "cart", topic: "order-events" },
  ],
  ...more,
});

const points = [0, 10, 30].map((seconds, value) => ({
  at: new Date(Date.UTC(2026, 2, 1, 12, 0, seconds)).toISOString(),
  value: value * 10,
}));
export const aChart = (more: Partial<Chart> = {}): Chart => ({
  chart: "requests",
  title: "Requests",
  about: "How often each service was asked.",
  unit: "per second",
  source: "samples",
  stepSeconds: 10,
  series: [
    { label: "cart", appId: "cart", points },
    { label: "order", appId: "order", points: points.slice(0, 1) },
  ],
  ...more,
});
export const chartList: ChartList = {
  items: [
    { name: "requests", title: "Requests", about: "How often.", unit: "per second", source: "samples" },
    {
      name: "workflows",
      title: "Workflows",
      about: "How many.",
      unit: "per minute",
      source: "none",
      missing: { why: "Only Prometheus has these.", whatToDo: "Install it, then start the shop again." },
    },
  ],
  total: 2,
};

export const sidecars: SidecarsPage = {
  items: [
    {
      appId: "order",
      metadata: {
        id: "order",
        runtimeVersion: "1.18.2",
        enabledFeatures: ["SchedulerReminders"],
        components: [
          { name: "pubsub", type: "pubsub.redis", version: "v1", capabilities: ["SUBSCRIBE_WILDCARDS"] },
        ],
        httpEndpoints: [],
        subscriptions: [
          {
            pubsubname: "pubsub",
            topic: "account-events",
            type: "PROGRAMMATIC",
            rules: [{ match: "", path: "/events/account-events" }],
          },
        ],
        appConnectionProperties: { port: 3003, protocol: "http", channelAddress: "127.0.0.1" },
        actorRuntime: {
          runtimeStatus: "RUNNING",
          hostReady: true,
          placement: "placement: connected",
          activeActors: [{ type: "dapr.internal.default.order.workflow", count: 4 }],
        },
        scheduler: { connected_addresses: ["127.0.0.1:50006"] },
        workflows: { connectedWorkers: 1 },
      },
    },
    { appId: "cart", why: "The cart service is away for a moment." },
  ],
  total: 2,
};

/** A shop whose operator looks on. */
export const office = (more: Shop = {}): Shop => ({
  "GET /api/auth/get-session": () =>
    json({ user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role: "admin" } }),
  "GET /api/monitoring/services": () => json(watched()),
  "GET /api/monitoring/alerts": () => json(alertPage()),
  "GET /api/monitoring/map": () => json(aMap()),
  "GET /api/monitoring/charts": () => json(chartList),
  "GET /api/monitoring/metrics/requests": () => json(aChart()),
  "GET /api/monitoring/sidecars": () => json(sidecars),
  ...more,
});
