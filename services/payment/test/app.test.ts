import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Config } from "@sockshop/platform/config.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { paymentRoutes } from "../src/app.ts";
import { withDeadline } from "../src/provider.ts";
import { anOrder, openWithProvider } from "./with-provider.ts";

let opened: Awaited<ReturnType<typeof openWithProvider>>;
let server: Server;
let base: string;
const lines: string[] = [];
/** Whether the provider leaves every call without an answer. */
let silent = false;

beforeAll(async () => {
  opened = await openWithProvider();
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const config = {
    appId: "payment",
    appApiToken: "secret",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "trace",
  } as unknown as Config;
  const log = createLog(config, { write: (line: string) => void lines.push(line) });
  const { provider } = opened;
  const silenced = withDeadline({ ...provider, authorize: () => new Promise(() => {}) }, 20);
  const app = createApp({
    config,
    log,
    metrics: createMetrics("payment"),
    readiness: async () => [],
    routes: (express) =>
      paymentRoutes(express, {
        ...opened.parts,
        log,
        provider: {
          ...provider,
          authorize: (movement) => (silent ? silenced : provider).authorize(movement),
        },
      }),
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/payments`;
});
afterAll(async () => {
  server.close();
  await opened.close();
});

const post = (step: string, body: unknown, caller = "order") =>
  fetch(`${base}/${step}`, {
    method: "POST",
    headers: {
      "dapr-api-token": "secret",
      "dapr-caller-app-id": caller,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
const answer = async (step: string, body: unknown) => {
  const response = await post(step, body);
  return [response.status, await response.json()];
};

test("the checkout's steps answer 200 with their outcome, refusals too", async () => {
  const order = anOrder();
  expect(await answer("authorize", order.authorize)).toEqual([200, { status: "done" }]);
  expect(await answer("capture", order.step)).toEqual([200, { status: "done" }]);
  expect(await answer("refund", order.refund("r1", 5_000))).toEqual([200, { status: "done" }]);
  expect(await answer("refund", order.refund("r2", 1))).toEqual([
    200,
    { status: "refused", reason: "exceeds-captured" },
  ]);
  expect(await answer("void", order.step)).toEqual([200, { status: "refused", reason: "captured" }]);
  expect(await answer("authorize", anOrder("tok_declined").authorize)).toEqual([
    200,
    { status: "refused", reason: "declined" },
  ]);
});

test("only the order service may move money", async () => {
  const order = anOrder();
  for (const caller of ["gateway", "cart", "order, gateway", "gateway, order", ""])
    for (const step of ["authorize", "capture", "void", "refund"])
      expect((await post(step, order.authorize, caller)).status).toBe(403);
  expect(await opened.balance(order.orderId)).toMatchObject({ heldCents: 0 });
});

test("a provider that does not answer, or stumbles, is a 503 that a repeat mends", async () => {
  for (const token of ["tok_lost_reply", "tok_flaky"]) {
    const order = anOrder(token);
    const response = await post("authorize", order.authorize);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  }
  const order = anOrder();
  silent = true;
  expect((await post("authorize", order.authorize)).status).toBe(503);
  silent = false;
  expect(await answer("authorize", order.authorize)).toEqual([200, { status: "done" }]);
});

test("what is not a payment request is a 422", async () => {
  const order = anOrder();
  const wrong = [
    { ...order.authorize, orderId: "x" },
    { ...order.authorize, amountCents: -1 },
    { ...order.authorize, currency: "dollars" },
    { ...order.authorize, generation: 0 },
    { ...order.authorize, token: "tok\u0000" },
    {},
  ];
  for (const body of wrong) expect((await post("authorize", body)).status).toBe(422);
  expect((await post("refund", { ...order.refund("r\u0000", 1) })).status).toBe(422);
});

test("no token is in any log line, event or operation, and none is kept once authorization is settled", async () => {
  expect(lines.length).toBeGreaterThan(10);
  const kept: unknown[] = [lines];
  for (const table of ["events", "streams", "payment_operations"])
    kept.push((await opened.database.query(`select * from ${table}`)).rows);
  expect(JSON.stringify(kept)).not.toContain("tok_");
  const settled = `select 1 from payment_tokens t join payment_operations o using (order_id)
    where o.operation = 'authorize' and o.status <> 'requested'`;
  expect((await opened.database.query(settled)).rowCount).toBe(0);
});
