import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { applyTraced, publishTraced } from "../src/event-spans.ts";
import { openEventStream } from "../src/event-stream.ts";
import type { StoredEvent } from "../src/events.ts";
import { createApp } from "../src/http.ts";
import { newId } from "../src/ids.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { currentContext, inContext } from "../src/request-context.ts";
import { connectSidecar } from "../src/sidecar.ts";
import { pathPattern, statementSummary } from "../src/span-names.ts";
import { startTracing, type Tracing } from "../src/tracing.ts";
import type { ZipkinSpan } from "../src/zipkin.ts";
import { testDatabase } from "./postgres.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const sampled = `00-${trace}-b7ad6b7169203331-01`;
const asked: { url: string; traceparent: string; query: string }[] = [];
let spans: ZipkinSpan[] = [];
let metrics = createMetrics("cart");
let tracing: Tracing | undefined;
let zipkin: Server;
let zipkinUrl: string;
let sidecar: Server;
let inside: string;
let door: string;
let store: Awaited<ReturnType<typeof testDatabase>>;

const listening = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );

beforeAll(async () => {
  store = await testDatabase();
  zipkin = createServer(async (req, res) => {
    spans.push(...(JSON.parse((await req.setEncoding("utf8").toArray()).join("")) as ZipkinSpan[]));
    res.writeHead(202).end();
  });
  sidecar = createServer((req, res) => {
    const { traceparent, "x-query": query } = req.headers;
    asked.push({ url: req.url ?? "", traceparent: String(traceparent), query: String(query) });
    res.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  zipkinUrl = await listening(zipkin);
  const daprUrl = await listening(sidecar);
  [inside, door] = [await serve(daprUrl, false), await serve(daprUrl, true)];
});
afterAll(async () => {
  for (const server of [zipkin, sidecar, ...servers]) server.close();
  await store.drop();
});

const servers: Server[] = [];
async function serve(daprUrl: string, publicDoor: boolean): Promise<string> {
  const dapr = connectSidecar({ httpPort: Number(new URL(daprUrl).port), grpcPort: 1, apiToken: "t" });
  const { publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const app = createApp({
    config: { appId: "cart", appApiToken: "secret", identityPublicKey: await exportJWK(publicKey) } as never,
    log: createLog({ appId: "cart", logLevel: "silent" }),
    metrics,
    publicDoor,
    readiness: async () => [],
    routes: (express) => {
      express.get("/api/socks/:id", async (req, res) => {
        await store.database.query("select $1::text as what from streams", [req.query.what]);
        await dapr.call("catalog", "GET", `/internal/socks/${newId()}?what=wool`, z.object({}));
        res.json({ what: req.query.what });
      });
      express.get("/api/stream", (req, res) => void openEventStream(req, res));
    },
  });
  const server = createServer(app);
  servers.push(server);
  return listening(server);
}

async function traceTo(zipkinUrl: string | undefined, sampling = 1): Promise<void> {
  metrics = createMetrics("cart");
  tracing = startTracing({ appId: "cart", settings: { zipkinUrl, sampling }, metrics });
}

beforeEach(async () => {
  await tracing?.stop();
  spans = [];
  asked.length = 0;
  await traceTo(zipkinUrl);
});

async function sent(): Promise<ZipkinSpan[]> {
  await tracing?.stop();
  return spans;
}
const named = (name: string) => spans.find((span) => span.name === name);
const get = (base: string, path: string, headers: Record<string, string> = {}) =>
  fetch(base + path, { headers: { "dapr-api-token": "secret", ...headers } });

test("a request is a span of its caller's trace, and what it does are its children", async () => {
  const answer = await get(inside, "/api/socks/ada?what=planted", { traceparent: sampled });
  expect(await answer.json()).toEqual({ what: "planted" });
  await sent();
  const request = named("GET /api/socks/:id");
  expect(request).toMatchObject({ traceId: trace, parentId: "b7ad6b7169203331", kind: "SERVER" });
  expect(request?.tags).toMatchObject({ "http.route": "/api/socks/:id", "http.response.status_code": "200" });
  expect(named("select streams")).toMatchObject({ parentId: request?.id, kind: "CLIENT" });
  const call = named("GET catalog/internal/socks/:id");
  expect(call).toMatchObject({
    parentId: request?.id,
    kind: "CLIENT",
    remoteEndpoint: { serviceName: "catalog" },
  });
  expect(asked[0]?.traceparent).toBe(`00-${trace}-${call?.id}-01`);
});

test("no span holds a query, a parameter or a name out of a path", async () => {
  await get(inside, "/api/socks/ada@example.org?what=planted", { traceparent: sampled });
  expect(asked[0]).toMatchObject({ url: expect.not.stringContaining("?"), query: "what=wool" });
  expect((await sent()).length).toBe(3);
  expect(JSON.stringify(spans)).not.toMatch(/planted|wool|ada@example/);
});

test("what is not sampled goes on as it is, and is not told", async () => {
  await get(inside, "/api/socks/1?what=x", { traceparent: `00-${trace}-b7ad6b7169203331-00` });
  await get(inside, "/api/socks/1?what=x");
  expect(await sent()).toEqual([]);
  expect(asked[0]?.traceparent).toBe(`00-${trace}-b7ad6b7169203331-00`);
  expect(asked[1]?.traceparent).toMatch(/-00$/);
});

test("at the door no client chooses or forces a trace", async () => {
  await get(door, "/api/socks/1?what=x", { traceparent: sampled });
  await get(door, "/api/health", { traceparent: sampled });
  await sent();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(named("GET /api/socks/:id")).toMatchObject({ traceId: expect.not.stringContaining(trace) });
  expect(named("GET /api/socks/:id")?.parentId).toBeUndefined();
  await traceTo("http://127.0.0.1:9", 0);
  await get(door, "/api/socks/1?what=x", { traceparent: sampled });
  expect(asked.at(-1)?.traceparent).toMatch(/-00$/);
});

test("the span of an event stream ends with its head", async () => {
  const looking = new AbortController();
  const headers = { "dapr-api-token": "secret", traceparent: sampled };
  await fetch(`${inside}/api/stream`, { headers, signal: looking.signal });
  await sent();
  looking.abort();
  expect(named("GET /api/stream")?.tags).toMatchObject({ "http.response.status_code": "200" });
});

test("an event's publishing and its applying lie in the trace of what brought it about", async () => {
  const event = { id: newId(), type: "SockLost", subject: "s", position: 4, traceparent: sampled };
  const old = { ...event, type: "SockFound", time: "2020-01-01T00:00:00Z" };
  const recent = { ...event, time: new Date().toISOString() };
  await publishTraced("product-events", [recent, old] as StoredEvent[], async () => {});
  for (const each of [recent, old])
    await applyTraced("laundry", { topic: "product-events", event: each as never }, async () => {
      await store.database.query("select 1 from streams");
    });
  await sent();
  expect(named("publish SockLost")).toMatchObject({ kind: "PRODUCER", parentId: "b7ad6b7169203331" });
  const applied = named("apply SockLost");
  expect(applied).toMatchObject({ kind: "CONSUMER", traceId: trace, parentId: "b7ad6b7169203331" });
  expect(applied?.tags).toMatchObject({ "messaging.consumer.group.name": "laundry", "event.position": "4" });
  expect(named("select streams")?.parentId).toBe(applied?.id);
  // A replay is no part of what happened long ago.
  expect(spans.filter(({ name }) => name?.endsWith("SockFound"))).toEqual([]);
});

test("a statement that fails is marked by its code, and its message is not told", async () => {
  const failed = inContext({ traceparent: sampled }, () =>
    store.database.query("select $1::uuid from streams", ["planted"]),
  );
  await expect(failed).rejects.toThrow("planted");
  await sent();
  expect(named("select streams")?.tags).toMatchObject({ error: "22P02" });
  expect(JSON.stringify(spans)).not.toContain("planted");
});

test("while Zipkin is away spans are dropped and counted, and work goes on", async () => {
  await tracing?.stop();
  await traceTo("http://127.0.0.1:9");
  await inContext({ traceparent: sampled }, () => store.database.query("select 1 from streams"));
  await tracing?.stop();
  expect((await metrics.spans.get()).values).toEqual([{ labels: { outcome: "dropped" }, value: 1 }]);
});

test("a context without a trace begins one of which nothing is recorded", () => {
  expect(inContext({}, () => currentContext()?.traceparent)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("names are few: ids go out of paths, and of a statement its verb and its table stay", () => {
  expect(pathPattern(`/orders/${newId()}/lines/12?search=x`)).toBe("/orders/:id/lines/:id");
  expect(statementSummary("select version from streams where x = $1 for update")).toBe("select streams");
  expect(statementSummary("update sagas set since = now()")).toBe("update sagas");
  expect(statementSummary("\n  insert into order_details (a) values ($1)")).toBe("insert order_details");
});
