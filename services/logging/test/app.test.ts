import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { logRoutes } from "@sockshop/contracts/logging.ts";
import type { Config } from "@sockshop/platform/config.ts";
import { withTransaction } from "@sockshop/platform/database.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { listenToDatabase, type Notifications } from "@sockshop/platform/notifications.ts";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loggingRoutes } from "../src/app.ts";
import { eventStore } from "../src/subscriptions.ts";
import { countAll, eventOf, logOf, newTrace, openStore, storeLogs } from "./store.ts";

type Store = Awaited<ReturnType<typeof openStore>>;
let store: Store;
let server: Server;
let base: string;
let notifications: Notifications;
let sign: Awaited<ReturnType<typeof identitySigner>>;

beforeAll(async () => {
  store = await openStore();
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  sign = await identitySigner(await exportJWK(pair.privateKey));
  const config = {
    appId: "logging",
    appApiToken: "secret",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "silent",
  } as unknown as Config;
  const log = createLog(config);
  notifications = listenToDatabase(store.url, log);
  const app = createApp({
    config,
    log,
    metrics: createMetrics("logging"),
    readiness: async () => [],
    routes: (express) => loggingRoutes(express, { database: store.database, notifications, log }),
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await notifications.stop();
  await store.drop();
});

type Item = { id: number; message: string; type?: string; service: string };
type Body = {
  items: Item[];
  nextCursor?: string;
  head?: number;
  more?: boolean;
  errors?: { field: string }[];
};
async function headers(
  options: { role?: "admin" | "customer" | "guest"; caller?: string; anonymous?: boolean } = {},
) {
  const token = await sign({ userId: newId(), role: options.role ?? "admin" }, "logging");
  return {
    "dapr-api-token": "secret",
    "dapr-caller-app-id": options.caller ?? "gateway",
    ...(options.anonymous ? {} : { authorization: `Bearer ${token}` }),
  };
}
async function get(path: string, options: Parameters<typeof headers>[0] = {}) {
  const response = await fetch(base + path, { headers: await headers(options) });
  return { status: response.status, body: (await response.json()) as Body };
}
const messages = async (query: string) =>
  (await get(`/logs?${query}`)).body.items.map(({ message }) => message);

test("administrators alone are answered, and only through the gateway", async () => {
  expect(logRoutes.length).toBeGreaterThanOrEqual(6);
  for (const { path } of logRoutes) {
    expect([path, (await get(path, { role: "customer" })).status]).toEqual([path, 403]);
    expect([path, (await get(path, { role: "guest" })).status]).toEqual([path, 403]);
    expect([path, (await get(path, { anonymous: true })).status]).toEqual([path, 401]);
    expect([path, (await get(path, { caller: "order" })).status]).toEqual([path, 403]);
  }
});

test("records are found by service, level, words, trace, order and time", async () => {
  const service = "finding";
  const [traceId, orderId] = [newTrace(), newId()];
  await storeLogs(store.database, service, [
    logOf("the payment provider failed", { level: "warn", reason: "timed out after 5s" }),
    logOf("request", { path: "/catalog/products/wool-sock", status: 404, traceId }),
    logOf("request failed", { level: "error", time: "2026-03-02T10:00:00.000Z", orderId }),
  ]);
  await storeLogs(store.database, "elsewhere", [logOf("the payment provider failed")]);
  const found = (query: string) => messages(`service=${service}&${query}`);
  expect(await found("")).toEqual(["request failed", "request", "the payment provider failed"]);
  expect(await found("level=error")).toEqual(["request failed"]);
  expect(await found("level=error,warn")).toEqual(["request failed", "the payment provider failed"]);
  expect(await found("search=provider")).toEqual(["the payment provider failed"]);
  expect(await found("search=PAYMENT+timed")).toEqual(["the payment provider failed"]);
  expect(await found("search=wool-sock")).toEqual(["request"]);
  expect(await found("search=/catalog/products")).toEqual(["request"]);
  expect(await found("search=404")).toEqual(["request"]);
  expect(await found("search=request+-404")).toEqual(["request failed"]);
  expect(await found('search="provider+payment"')).toEqual([]);
  expect(await found('search="payment+provider"')).toEqual(["the payment provider failed"]);
  expect(await found(`traceId=${traceId}`)).toEqual(["request"]);
  expect(await found(`orderId=${orderId.toUpperCase()}`)).toEqual(["request failed"]);
  expect(await found("from=2026-03-02T00:00:00Z")).toEqual(["request failed"]);
  await storeLogs(store.database, service, [logOf("asked", { requestId: "req-1" }), logOf("not asked")]);
  expect(await found("requestId=req-1")).toEqual(["asked"]);
  expect(await found("to=2026-03-02T00:00:00%2B00:00")).toHaveLength(4);
});

test("words are found on every line of a text, and in what is no ASCII", async () => {
  await storeLogs(store.database, "searched", [
    logOf("Größe – 42€", { err: { stack: "Error: torn\nat needle\\nadel (sock.ts:1)\tthread" } }),
  ]);
  const found = async (search: string) =>
    (await get(`/logs?service=searched&search=${encodeURIComponent(search)}`)).body.items.length;
  for (const search of ["at", "torn at", '"torn at needle nadel sock"', "thread", "Größe", "42", "sock.ts:1"])
    expect([search, await found(search)]).toEqual([search, 1]);
  for (const search of ["nat", "tthread"]) expect([search, await found(search)]).toEqual([search, 0]);
});

test("pages go back by cursor without a repeat while new records come", async () => {
  const service = "paging";
  await storeLogs(
    store.database,
    service,
    Array.from({ length: 25 }, (_, nr) => logOf(`nr ${nr}`)),
  );
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await get(`/logs?service=${service}&limit=10${cursor}`);
    seen.push(...body.items.map(({ message }) => message));
    await storeLogs(store.database, service, [logOf("newer")]);
    cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : "";
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 25 }, (_, nr) => `nr ${24 - nr}`));
});

test("events are listed by topic and subject", async () => {
  const subject = newId();
  await withTransaction(store.database, async (tx) => {
    await eventStore.handle(tx, eventOf("product-events", { position: 1, subject, type: "ProductAdded" }));
    await eventStore.handle(tx, eventOf("product-events", { position: 2, subject, type: "ProductRetired" }));
    await eventStore.handle(tx, eventOf("cart-events", { position: 1 }));
  });
  const { body } = await get(`/logs/events?topic=product-events&subject=${subject}`);
  expect(body.items.map(({ type }) => type)).toEqual(["ProductRetired", "ProductAdded"]);
  expect((await get("/logs/events?topic=cart-events")).body.items).toHaveLength(1);
  const retired = await get(`/logs/events?type=ProductRetired&subject=${subject}`);
  expect(retired.body.items.map(({ type }) => type)).toEqual(["ProductRetired"]);
  expect((await get(`/logs/events?subject=${subject}&to=2020-01-01T00:00:00Z`)).body.items).toEqual([]);
  expect(await messages("search=ProductAdded")).toEqual([]);
});

test("an order's timeline joins its events, its log lines and its traces across services, and no other order's", async () => {
  const [orderId, other, trace, later] = [newId(), newId(), newTrace(), newTrace()];
  const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
  const at = (second: number) => `2026-03-01T11:00:0${second}.000Z`;
  await withTransaction(store.database, async (tx) => {
    const placed = { position: 1, subject: orderId, type: "OrderPlaced", traceparent, time: at(2) };
    await eventStore.handle(tx, eventOf("order-events", placed));
    const reserved = { position: 3, type: "StockReserved", data: { orderId }, time: at(4) };
    await eventStore.handle(tx, eventOf("product-events", reserved));
    await eventStore.handle(
      tx,
      eventOf("payment-events", { position: 1, subject: orderId, type: "PaymentCaptured", time: at(5) }),
    );
    await eventStore.handle(tx, eventOf("payment-events", { position: 2, subject: other }));
  });
  await storeLogs(store.database, "gateway", [logOf("at the door", { traceId: trace, time: at(1) })]);
  await storeLogs(store.database, "order", [
    logOf("placing", { traceId: later, orderId, time: at(3) }),
    logOf("of another", { traceId: trace, orderId: other, time: at(3) }),
    logOf("unrelated", { time: at(3) }),
  ]);
  const told = async (query: string) =>
    (await get(`/logs/timeline?${query}`)).body.items.map((item) => [
      item.service,
      item.type ?? item.message,
    ]);
  expect(await told(`orderId=${orderId}`)).toEqual([
    ["gateway", "at the door"],
    ["order", "OrderPlaced"],
    ["order", "placing"],
    ["catalog", "StockReserved"],
    ["payment", "PaymentCaptured"],
  ]);
  expect(await told(`traceId=${trace}`)).toEqual([
    ["gateway", "at the door"],
    ["order", "OrderPlaced"],
    ["order", "of another"],
  ]);
  expect(await told(`orderId=${newId()}`)).toEqual([]);
});

test("nonsense in a query is a 422 that names the field", async () => {
  for (const [path, field] of [
    ["/logs?level=loud", "level"],
    ["/logs?traceId=xyz", "traceId"],
    ["/logs?orderId=7", "orderId"],
    ["/logs?from=yesterday", "from"],
    ["/logs?cursor=-1", "cursor"],
    ["/logs?limit=501", "limit"],
    ["/logs?search=%00", "search"],
    ["/logs?service=", "service"],
    ["/logs/events?cursor=x", "cursor"],
    ["/logs/timeline", "orderId"],
    [`/logs/timeline?orderId=${newId()}&traceId=${newTrace()}`, "orderId"],
    ["/logs/errors?from=x", "from"],
    ["/logs/errors?step=0", "step"],
    ["/logs/stream?level=x", "level"],
    ["/logs/stream?after=x", "after"],
    ["/logs?requestId=a%20b", "requestId"],
  ] as const) {
    const { status, body } = await get(path);
    expect([path, status, body.errors?.[0]?.field.split(".")[0]]).toEqual([path, 422, field]);
  }
  for (const search of ['"', "-", "--", "'", "&|!()", ":*", "\\", "%F0%9F%A7%A6", "a".repeat(200)])
    expect([search, (await get(`/logs?search=${search}`)).status]).toEqual([search, 200]);
});

test("errors and routes are counted", async () => {
  await storeLogs(store.database, "counting", [
    logOf("bad", { level: "error" }),
    logOf("request", { method: "GET", route: "/x", ms: 5, status: 200 }),
  ]);
  await countAll(store.database);
  const services = async (path: string) => (await get(path)).body.items.map(({ service }) => service);
  expect(await services("/logs/errors")).toContain("counting");
  expect(await services("/logs/routes")).toContain("counting");
  expect(await services("/logs/routes?from=2026-03-02T00:00:00Z")).not.toContain("counting");
});

test("errors are counted in steps of several minutes", async () => {
  const at = (minute: string) => logOf("bad", { level: "error", time: `2026-02-01T10:${minute}:30.000Z` });
  await storeLogs(store.database, "stepping", [at("00"), at("09"), at("10"), at("19"), at("20")]);
  await countAll(store.database);
  const { body } = await get("/logs/errors?step=10&from=2026-02-01T10:00:00Z&to=2026-02-01T11:00:00Z");
  expect(body.items).toMatchObject([
    { minute: "2026-02-01T10:20:00.000Z", errors: 1 },
    { minute: "2026-02-01T10:10:00.000Z", errors: 2 },
    { minute: "2026-02-01T10:00:00.000Z", errors: 2 },
  ]);
});

type Heard = { event: string; id?: number; message?: string };
async function listen(path: string, lastEventId?: string) {
  const abort = new AbortController();
  const response = await fetch(base + path, {
    headers: { ...(await headers()), ...(lastEventId && { "last-event-id": lastEventId }) },
    signal: abort.signal,
  });
  const heard: Heard[] = [];
  let text = "";
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [, event, data] = /event: (\w+)\ndata: (.+)/.exec(text.slice(0, end)) ?? [];
        if (event) heard.push({ event, ...JSON.parse(data ?? "{}") });
        text = text.slice(end + 2);
      }
    }
  })().catch(() => {});
  return { heard, close: () => abort.abort() };
}
const heardMessages = (heard: Heard[]) => heard.flatMap(({ message }) => message ?? []);

test("a live tail shows what matches as it is stored, and resumes where it was cut", async () => {
  const tail = await listen("/logs/stream?service=tailing&level=error,info&search=line");
  await storeLogs(store.database, "tailing", [
    logOf("line 1"),
    logOf("line 2", { level: "debug" }),
    logOf("other"),
  ]);
  await storeLogs(store.database, "elsewhere", [logOf("line 3")]);
  await storeLogs(store.database, "tailing", [logOf("line 4", { level: "error" })]);
  await expect.poll(() => heardMessages(tail.heard), { timeout: 5_000 }).toEqual(["line 1", "line 4"]);
  tail.close();
  await storeLogs(store.database, "tailing", [logOf("line 5")]);
  const resumed = await listen("/logs/stream?service=tailing", String(tail.heard[0]?.id));
  await expect
    .poll(() => heardMessages(resumed.heard), { timeout: 5_000 })
    .toEqual(["line 2", "other", "line 4", "line 5"]);
  resumed.close();
});

test("a live tail goes on after the head of a page, so that nothing between the two is missed", async () => {
  await storeLogs(store.database, "joining", [logOf("on the page")]);
  const { head } = (await get("/logs?service=joining")).body;
  await storeLogs(store.database, "joining", [logOf("between")]);
  const tail = await listen(`/logs/stream?service=joining&after=${head}`);
  await storeLogs(store.database, "joining", [logOf("after")]);
  await expect.poll(() => heardMessages(tail.heard), { timeout: 5_000 }).toEqual(["between", "after"]);
  tail.close();
});

test("events have a live tail, too", async () => {
  const subject = newId();
  const tail = await listen(`/logs/events/stream?subject=${subject}`);
  await withTransaction(store.database, async (tx) => {
    await eventStore.handle(tx, eventOf("rating-events", { position: 1, type: "RatingSubmitted", subject }));
    await eventStore.handle(tx, eventOf("rating-events", { position: 2, type: "RatingSubmitted" }));
  });
  await expect.poll(() => tail.heard).toMatchObject([{ event: "event", type: "RatingSubmitted", subject }]);
  tail.close();
});

test("a live tail that cannot follow gets the newest and is told so", async () => {
  await storeLogs(store.database, "flooding", [logOf("first")]);
  const first = (await get("/logs?service=flooding")).body.items[0]?.id;
  await storeLogs(
    store.database,
    "flooding",
    Array.from({ length: 500 }, (_, nr) => logOf(`nr ${nr}`)),
  );
  const tail = await listen("/logs/stream?service=flooding", String(first));
  await expect.poll(() => tail.heard.at(-1)?.message, { timeout: 5_000 }).toBe("nr 499");
  expect(tail.heard[0]).toMatchObject({ event: "skipped" });
  expect(tail.heard).toHaveLength(201);
  tail.close();
});
