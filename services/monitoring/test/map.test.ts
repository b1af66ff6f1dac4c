import { shopMap, sidecarsPage } from "@sockshop/contracts/shop-map.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { unavailable } from "@sockshop/platform/problem.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { drawMap } from "../src/map.ts";
import { storeSample } from "../src/samples.ts";
import { recordFindings } from "../src/service-states.ts";
import { readSidecars } from "../src/sidecars.ts";
import { edgesOf, readTraffic, storeTraffic, type Traffic } from "../src/traffic.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());

const traffic = (more: Partial<Traffic> = {}): Traffic => ({
  calls: {},
  published: {},
  applied: {},
  ...more,
});
const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, seconds));

test("calls that only keep the shop running are no traffic, and consumers of one topic count once", () => {
  const text = [
    'sidecar_calls_total{target="catalog",outcome="ok",purpose="work",service="cart"} 7',
    'sidecar_calls_total{target="catalog",outcome="failed",purpose="work",service="cart"} 2',
    'sidecar_calls_total{target="catalog",outcome="ok",purpose="upkeep",service="cart"} 90',
    'events_published_total{topic="cart-events",service="cart"} 12',
    'events_applied_total{consumer="a",topic="order-events",service="cart"} 5',
    'events_applied_total{consumer="b",topic="order-events",service="cart"} 4',
  ].join("\n");
  expect(readTraffic(text)).toEqual({
    calls: { catalog: { all: 9, failed: 2 } },
    published: { "cart-events": 12 },
    applied: { "order-events": 5 },
  });
});

test("an edge tells what was added a second, and nothing where its end cannot be read", () => {
  const calls = (all: number, failed = 0) => ({ calls: { payment: { all, failed } } });
  const samples = [
    { appId: "order", at: at(0), counters: traffic({ ...calls(10), published: { "order-events": 5 } }) },
    { appId: "order", at: at(10), counters: traffic({ ...calls(40, 5), published: { "order-events": 15 } }) },
  ];
  const edges = edgesOf(samples, ["order", "payment", "cart"]);
  expect(edges).toContainEqual({
    kind: "call",
    from: "order",
    to: "payment",
    perSecond: 3,
    failedPerSecond: 0.5,
  });
  expect(edges).toContainEqual({
    kind: "publish",
    from: "order",
    to: "redis",
    topic: "order-events",
    perSecond: 1,
  });
  expect(edges).toContainEqual({ kind: "deliver", from: "redis", to: "cart", topic: "order-events" });
  expect(edges.some(({ to }) => to === "rating")).toBe(false);
});

test("a process that was started again begins at 0", () => {
  const counters = (all: number) => traffic({ calls: { payment: { all, failed: 0 } } });
  const samples = [
    { appId: "order", at: at(0), counters: counters(500) },
    { appId: "order", at: at(10), counters: counters(20) },
  ];
  expect(edgesOf(samples, ["order", "payment"])[0]?.perSecond).toBe(2);
});

test("the map shows how each part is, what goes on and what visitors meet", async () => {
  await recordFindings(database, [
    { appId: "gateway", part: "service", status: "up" },
    { appId: "gateway", part: "sidecar", status: "up" },
    { appId: "cart", part: "service", status: "down", detail: "It keeps silent." },
    { appId: "cart", part: "database", status: "unknown" },
    { appId: "infrastructure", part: "redis", status: "up" },
    { appId: "infrastructure", part: "placement", status: "up" },
  ]);
  const measured = {
    errors: 0,
    durations: {},
    outboxLag: 0,
    inboxLag: 0,
    parked: 3,
    chainIntact: null,
  };
  const now = Date.now();
  const ago = (seconds: number) => new Date(now - seconds * 1000);
  await storeSample(database, "gateway", { ...measured, requests: 100 }, ago(40));
  await storeSample(database, "gateway", { ...measured, requests: 300, errors: 50 }, ago(0));
  for (const [seconds, all] of [
    [20, 5],
    [10, 15],
    [0, 45],
  ] as const)
    await storeTraffic(database, "gateway", traffic({ calls: { cart: { all, failed: 0 } } }), ago(seconds));
  await database.query("insert into open_orders values ($1, now())", [newId()]);
  const map = shopMap.parse(await drawMap({ database, watchedApps: ["gateway", "cart"] }));
  expect(map.figures).toMatchObject({
    errorShare: expect.closeTo(0.25, 2),
    ordersInCheckout: 1,
    parkedEvents: 3,
  });
  expect(map.figures.requestsPerSecond).toBeCloseTo(5, 1);
  expect(map.nodes.map(({ id, status }) => `${id} ${status}`)).toEqual([
    "gateway up",
    "gateway-sidecar up",
    "cart down",
    "cart-database unknown",
    "redis up",
  ]);
  expect(map.edges.find(({ kind }) => kind === "call")?.perSecond).toBeCloseTo(3, 1);
});

test("every sidecar is asked through its own service, and one that cannot be asked is told with the reason", async () => {
  const asked: string[] = [];
  const sidecar = {
    url: "http://127.0.0.1:1",
    headers: {},
    async call(appId: string, method: string, path: string, schema: { parse: (value: unknown) => unknown }) {
      asked.push(`${method} ${appId} ${path}`);
      if (appId === "order") throw unavailable("The order service");
      return schema.parse({ id: appId, runtimeVersion: "1.18.2", components: null });
    },
  } as never;
  const page = await readSidecars({
    sidecar,
    watchedApps: ["cart", "order", "monitoring"],
    ownId: "monitoring",
  });
  expect(asked).toEqual(["GET cart /internal/sidecar", "GET order /internal/sidecar"]);
  expect(sidecarsPage.parse(page).items).toMatchObject([
    { appId: "cart", metadata: { runtimeVersion: "1.18.2", components: [] } },
    { appId: "order", why: expect.stringContaining("order service") },
    { appId: "monitoring", why: expect.any(String) },
  ]);
});
