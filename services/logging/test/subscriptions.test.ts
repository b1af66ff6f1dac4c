import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { applyNext, ensureCheckpoints, storeEvents } from "@sockshop/platform/inbox.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { shipLogs } from "@sockshop/platform/log-shipping.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tellLosses } from "../src/losses.ts";
import { listEvents, searchLogs } from "../src/search.ts";
import { eventStore, logSubscription } from "../src/subscriptions.ts";
import { verifyChain } from "../src/verification.ts";
import { batchOf, eventOf, logOf, openStore } from "./store.ts";

type Store = Awaited<ReturnType<typeof openStore>>;
let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.drop());

const logs = async () => (await searchLogs(store.database, { limit: 500 })).items;
const everyTopic = Object.keys(topics) as Topic[];

test("events of every topic are stored once and in order, however often and in whatever order they come", async () => {
  await ensureCheckpoints(store.database, [eventStore]);
  const events = everyTopic.map((topic) =>
    [1, 2, 3, 4].map((position) => eventOf(topic, { position, data: { position } })),
  );
  const deliver = async (shuffle: <Item>(items: Item[]) => Item[]) => {
    for (const [index, topic] of everyTopic.entries()) {
      await storeEvents(store.database, topic, shuffle(events[index] ?? []));
      while ((await applyNext(store.database, eventStore, topic)) === "applied");
    }
  };
  await deliver((items) => items.slice(2));
  expect((await listEvents(store.database, { limit: 500 })).items).toEqual([]);
  await deliver((items) => items.toReversed());
  const once = await listEvents(store.database, { limit: 500 });
  for (let round = 0; round < 3; round++) await deliver((items) => items.toReversed());
  expect(await listEvents(store.database, { limit: 500 })).toEqual(once);
  for (const topic of everyTopic) {
    const { items } = await listEvents(store.database, { topic, limit: 500 });
    expect(items.map(({ position }) => position)).toEqual([4, 3, 2, 1]);
  }
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: everyTopic.length * 4 });
});

test("a batch that comes twice, alone or at the same time, is stored once", async () => {
  const { handle } = logSubscription(store.database);
  const [one, two] = [batchOf("cart", [logOf("a"), logOf("b")]), batchOf("order", [logOf("c")])];
  await Promise.all([handle([one, two]), handle([two, one]), handle([one])]);
  await handle([one, one, two]);
  expect((await logs()).map(({ message }) => message).sort()).toEqual(["a", "b", "c"]);
});

test("what was dropped on the way is itself a record", async () => {
  await logSubscription(store.database).handle([batchOf("cart", [logOf("next")], 17)]);
  expect(await logs()).toMatchObject([
    { message: "next" },
    { level: "warn", service: "cart", message: "log records were dropped", fields: { dropped: 17 } },
  ]);
});

test("what the broker loses is counted and stored as a record, and what it only brings late is not", async () => {
  const { handle } = logSubscription(store.database);
  const sender = newId();
  const batch = (first: number, count: number) => {
    const sent = batchOf(
      "cart",
      Array.from({ length: count }, (_, nr) => logOf(`line ${first + nr}`)),
    );
    return { ...sent, data: { ...sent.data, sender, first } };
  };
  await handle([batch(1, 10), batch(11, 10)]);
  await handle([batch(61, 10)]);
  await handle([batch(31, 10)]);
  await handle([batch(51, 10), batch(21, 10)]);
  const gaps = "select first::int, last::int from log_gaps order by first";
  expect((await store.database.query(gaps)).rows).toEqual([{ first: 41, last: 50 }]);
  expect(await tellLosses(store.database)).toBe(0);
  expect(await tellLosses(store.database, 0)).toBe(10);
  expect(await tellLosses(store.database, 0)).toBe(0);
  expect((await logs())[0]).toMatchObject({
    level: "warn",
    service: "cart",
    message: "log records were lost",
    fields: { lost: 10 },
  });
  expect(await logs()).toHaveLength(61);
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 61 });
});

test("what is no batch is left out and keeps nothing back", async () => {
  await logSubscription(store.database).handle([
    null,
    "text",
    { ...batchOf("cart", []), data: { records: "none" } },
    batchOf("cart", [{ ...logOf("bad"), level: "loud" as "info" }]),
    batchOf("cart", [logOf("good")]),
  ]);
  expect((await logs()).map(({ message }) => message)).toEqual(["good"]);
});

test("a batch that cannot be stored takes no other along, and is counted as lost", async () => {
  const { handle } = logSubscription(store.database);
  const numbered = (first: number, ...records: ReturnType<typeof logOf>[]) => {
    const sent = batchOf("cart", records);
    return { ...sent, data: { ...sent.data, sender, first } };
  };
  const sender = newId();
  // A year that PostgreSQL does not know.
  await handle([
    numbered(1, logOf("before")),
    numbered(2, logOf("bad", { time: "0000-01-01T00:00:00.000Z" })),
    batchOf("order", [logOf("beside")]),
    numbered(3, logOf("after")),
  ]);
  expect((await logs()).map(({ message }) => message)).toEqual(["after", "beside", "before"]);
  expect(await tellLosses(store.database, 0)).toBe(1);
});

test("a record keeps its trace, request, order and fields", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const orderId = "01993c5d-4123-7456-8123-4123456789ab";
  const record = logOf("request", {
    level: "error",
    requestId: "r-1",
    traceId,
    orderId,
    path: "/orders",
    ms: 12,
  });
  await logSubscription(store.database).handle([batchOf("order", [record])]);
  expect((await logs())[0]).toMatchObject({
    kind: "log",
    service: "order",
    level: "error",
    message: "request",
    requestId: "r-1",
    traceId,
    orderId,
    fields: { path: "/orders", ms: 12 },
  });
});

test("nothing personal that somebody logs is stored: e-mail, card number, token, password, cookie", async () => {
  const { handle } = logSubscription(store.database);
  const sidecar = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => handle([JSON.parse(body)]).then(() => res.writeHead(204).end()));
  });
  await new Promise<void>((resolve) => sidecar.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(sidecar.address() as AddressInfo).port}`;
  const shipping = shipLogs({
    appId: "order",
    sidecar: { url, headers: {} },
    metrics: createMetrics("order"),
    output: { write: () => {} },
  });
  const log = createLog({ appId: "order", logLevel: "info" }, shipping.destination);
  log.info(
    {
      email: "ada@example.org",
      body: { payment: { token: "tok_visa", cardNumber: "4242424242424242" }, user: { password: "hunter2" } },
      headers: { cookie: "session=s3cr3t", authorization: "Bearer abc.def" },
    },
    "ada@example.org paid with 4242 4242 4242 4242",
  );
  log.error({ err: new Error("tok_visa of ada@example.org was refused") }, "failed");
  await shipping.stop();
  sidecar.close();
  expect(await logs()).toHaveLength(2);
  const { rows } = await store.database.query<{ row: string }>(
    // The hash may hold any digits.
    "select (to_jsonb(r) - 'hash')::text || words::text as row from records r",
  );
  for (const { row } of rows)
    expect(row).not.toMatch(/ada@|example\.org|4242|tok_visa|hunter2|s3cr3t|abc\.def/);
});
