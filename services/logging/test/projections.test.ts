import { afterEach, beforeEach, expect, test } from "vitest";
import { listErrorCounts, listRouteTimes } from "../src/counts.ts";
import { projections, rebuildProjection } from "../src/projections.ts";
import { countAll, logOf, openStore, storeLogs } from "./store.ts";

type Store = Awaited<ReturnType<typeof openStore>>;
let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.drop());

const request = (route: string, ms: number, status = 200, more: Record<string, unknown> = {}) =>
  logOf("request", { method: "GET", path: "/x", route, ms, status, ...more });
const at = (time: string, level: "warn" | "error" | "fatal") => logOf("trouble", { time, level });

async function rowsOf(): Promise<unknown[]> {
  const tables = await Promise.all(
    ["error_counts", "route_times"].map((table) =>
      store.database.query<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t order by 1`),
    ),
  );
  return tables.map(({ rows }) => rows.map(({ row }) => row));
}

async function storeADay(): Promise<void> {
  await storeLogs(store.database, "cart", [
    at("2026-03-01T10:00:01.000Z", "error"),
    at("2026-03-01T10:00:59.999Z", "fatal"),
    at("2026-03-01T10:00:30.000Z", "warn"),
    at("2026-03-01T10:01:00.000Z", "warn"),
    logOf("all is well"),
    request("/cart", 10),
    request("/cart", 1500, 503),
    request("/cart/items/:sku", 40),
  ]);
  await countAll(store.database);
  await storeLogs(store.database, "order", [
    at("2026-03-01T10:00:05.000Z", "error"),
    request("/orders/:id/events", 600_000, 200, { stream: true }),
    request("/orders", 700),
    logOf("request", { ms: "many", status: "none", method: "GET", route: "/nonsense" }),
  ]);
  await countAll(store.database);
}

test("errors and warnings are counted by minute and service", async () => {
  await storeADay();
  const minute = "2026-03-01T10:00:00.000Z";
  expect((await listErrorCounts(store.database, {})).items).toEqual([
    { minute: "2026-03-01T10:01:00.000Z", service: "cart", errors: 0, warnings: 1 },
    { minute, service: "cart", errors: 2, warnings: 1 },
    { minute, service: "order", errors: 1, warnings: 0 },
  ]);
  const period = { from: "2026-03-01T10:01:30Z", to: "2026-03-01T11:00:00Z" };
  expect((await listErrorCounts(store.database, period)).items).toHaveLength(1);
});

test("the slowest routes come first, without streams, whose duration says nothing", async () => {
  await storeADay();
  expect((await listRouteTimes(store.database, {})).items).toEqual([
    {
      service: "cart",
      method: "GET",
      route: "/cart",
      requests: 2,
      averageMs: 755,
      maxMs: 1500,
      slow: 1,
      failed: 1,
    },
    {
      service: "order",
      method: "GET",
      route: "/orders",
      requests: 1,
      averageMs: 700,
      maxMs: 700,
      slow: 0,
      failed: 0,
    },
    {
      service: "cart",
      method: "GET",
      route: "/cart/items/:sku",
      requests: 1,
      averageMs: 40,
      maxMs: 40,
      slow: 0,
      failed: 0,
    },
  ]);
});

test("a projection that was dropped or falsified is rebuilt to the same rows", async () => {
  await storeADay();
  const before = await rowsOf();
  await store.database.query("truncate route_times");
  await store.database.query("update error_counts set errors = 99");
  for (const projection of projections) expect(await rebuildProjection(store.database, projection)).toBe(12);
  expect(await rowsOf()).toEqual(before);
  await countAll(store.database);
  expect(await rowsOf()).toEqual(before);
});

test("a rebuild while records are stored and counted loses none and counts none twice", async () => {
  await storeADay();
  let stop = false;
  const writing = (async () => {
    for (let nr = 0; !stop; nr++)
      await storeLogs(store.database, "cart", [request("/cart", nr % 50), logOf("bad", { level: "error" })]);
  })();
  const counting = (async () => {
    while (!stop) await countAll(store.database);
  })();
  for (let round = 0; round < 3; round++)
    for (const projection of projections) await rebuildProjection(store.database, projection);
  stop = true;
  await Promise.all([writing, counting]);
  await countAll(store.database);
  const followed = await rowsOf();
  for (const projection of projections) await rebuildProjection(store.database, projection);
  expect(await rowsOf()).toEqual(followed);
});
