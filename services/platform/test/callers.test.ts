import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Config } from "../src/config.ts";
import { eventRoutes } from "../src/event-routes.ts";
import { createApp } from "../src/http.ts";
import { newId } from "../src/ids.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { operatorRoutes } from "../src/operator-routes.ts";
import type { Sidecar } from "../src/sidecar.ts";
import { testDatabase } from "./postgres.ts";

let server: Server;
let base: string;
let drop: () => Promise<void>;
/** What came through: events, log lines, operators' commands. */
const done: string[] = [];

/** The catalogue's doors for the broker, for gap filling and for operators, with nothing but the app's own checks before them. */
beforeAll(async () => {
  const store = await testDatabase();
  drop = store.drop;
  const { publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const app = createApp({
    config: {
      appId: "catalog",
      appApiToken: "secret",
      identityPublicKey: await exportJWK(publicKey),
    } as unknown as Config,
    log: createLog({ appId: "catalog", logLevel: "silent" }),
    metrics: createMetrics("catalog"),
    readiness: async () => [],
    routes: (express) => {
      const own = { appId: "catalog", appApiToken: "secret", database: store.database };
      eventRoutes(express, {
        ...own,
        publishes: ["product-events"],
        consumers: {
          topics: ["order-events"],
          receive: async (_topic, events) => void done.push(...events.map(({ type }) => type)),
          stop: async () => {},
        },
        plainSubscriptions: [
          { component: "log-pubsub", topic: "log-events", handle: async () => void done.push("lines") },
        ],
      });
      operatorRoutes(express, {
        ...own,
        sidecar: {} as Sidecar,
        consumers: [],
        readModels: [],
        rebuildable: [{ name: "list", rebuild: async () => done.push("rebuilt") }],
        publishes: ["product-events"],
      });
    },
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await drop();
});
beforeEach(() => {
  done.length = 0;
});

/** A request that the app's own sidecar hands on, for another app where a caller is named. */
const ask = async (path: string, caller?: string, body?: unknown) => {
  const response = await fetch(base + path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "dapr-api-token": "secret",
      "content-type": "application/json",
      ...(caller !== undefined && { "dapr-caller-app-id": caller }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await response.body?.cancel();
  return response.status;
};

const event: CloudEvent = {
  specversion: "1.0",
  id: newId(),
  source: "order",
  type: "OrderPlaced",
  subject: newId(),
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  position: 1,
  data: {},
};
const delivery = { entries: [{ entryId: "1", event }] };

test("an event is taken from the broker, and refused to every app that brings one, its source too", async () => {
  for (const topic of ["order-events", "log-events"])
    for (const caller of ["cart", "order", "catalog", "cart, order", ""])
      expect([topic, caller, await ask(`/events/${topic}`, caller, delivery)]).toEqual([topic, caller, 403]);
  expect(done).toEqual([]);
  expect(await ask("/events/order-events", undefined, delivery)).toBe(200);
  expect(await ask("/events/log-events", undefined, delivery)).toBe(200);
  expect(done).toEqual(["OrderPlaced", "lines"]);
});

test("a topic's events are read by its subscribers, and by nobody else", async () => {
  const path = "/internal/events?topic=product-events&after=0";
  for (const caller of ["payment", "gateway", "payment, cart", "", undefined])
    expect([caller, await ask(path, caller)]).toEqual([caller, 403]);
  for (const caller of ["cart", "logging"]) expect([caller, await ask(path, caller)]).toEqual([caller, 200]);
});

test("operators' commands are taken through a service's own sidecar, and from no other app", async () => {
  const commands = [
    ["/internal/operator", undefined],
    ["/internal/operator/rebuild", { readModel: "list" }],
    ["/internal/operator/replay", { topic: "product-events" }],
    ["/internal/operator/redrive", {}],
  ] as const;
  for (const [path, body] of commands)
    for (const caller of ["cart", "gateway", "catalog, cart", ""])
      expect([path, caller, await ask(path, caller, body)]).toEqual([path, caller, 403]);
  expect(done).toEqual([]);
  for (const [path, body] of commands) expect([path, await ask(path, undefined, body)]).toEqual([path, 200]);
  expect(done).toEqual(["rebuilt"]);
});
