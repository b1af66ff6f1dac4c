import type { AddressInfo } from "node:net";
import type { Cart } from "@sockshop/contracts/cart.ts";
import type { Identity } from "@sockshop/contracts/identity.ts";
import type { Config } from "@sockshop/platform/config.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { listenToDatabase } from "@sockshop/platform/notifications.ts";
import type { WorkflowStatus } from "@sockshop/platform/workflow-instances.ts";
import { exportJWK, generateKeyPair } from "jose";
import { testDatabase } from "../../platform/test/postgres.ts";
import { orderRoutes } from "../src/app.ts";
import type { SagaRun } from "../src/sagas.ts";
import { address } from "./order-fixture.ts";
import { orderFacts } from "./sample-order.ts";
import { standInSidecar } from "./stand-in-sidecar.ts";

export const sampleCart = (version = 3): Cart => ({
  version,
  currency: "USD",
  items: orderFacts.lines.map((line) => ({
    ...line,
    slug: "plain",
    available: 5,
    notices: [],
    lineTotalCents: line.quantity * line.unitPriceCents,
  })),
  notices: [],
  subtotalCents: 2000,
  shippingCents: 499,
  totalCents: 2499,
});
export const orderBody = (version = 3) => ({
  shippingAddress: address,
  payment: { token: "tok_visa" },
  cart: { version },
});
export const customer = (): Identity => ({ userId: newId(), role: "customer", email: "ada@example.org" });
export const admin: Identity = { userId: newId(), role: "admin", email: "admin@example.org" };

/** The service's app on a port of its own, with carts that the test sets by their owner. */
export async function openOrderService() {
  const { database, url, drop } = await testDatabase(new URL("../migrations/", import.meta.url));
  const carts = new Map<string, { ownerId: string; cart: Cart; guests: string[] }>();
  /** What the cart service answers in the place of a cart. */
  let cartFault: { status: number; body: unknown } | undefined;
  const standIn = await standInSidecar(({ path }) => {
    if (cartFault) return cartFault;
    const found = carts.get(path.split("/").at(-1) ?? "");
    return found
      ? { status: 200, body: found }
      : { status: 500, body: { errorCode: "ERR_DIRECT_INVOKE", message: "away" } };
  });
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const sign = await identitySigner(await exportJWK(pair.privateKey));
  const identityPublicKey = await exportJWK(pair.publicKey);
  const config = { appId: "order", appApiToken: "secret", identityPublicKey } as unknown as Config;
  const log = createLog({ appId: "order", logLevel: "silent" });
  const notifications = listenToDatabase(url, log);
  const started: SagaRun[] = [];
  /** What the workflow engine says of an instance; it knows no other. */
  const workflows = new Map<string, WorkflowStatus | "away">();
  const server = createApp({
    config,
    log,
    metrics: createMetrics("order"),
    readiness: async () => [],
    routes: (app) =>
      orderRoutes(app, {
        database,
        sidecar: standIn.sidecar,
        notifications,
        log,
        idempotencySecret: "a secret of sixteen",
        start: (run) => void started.push(run),
        workflowStatus: async (id) => {
          const said = workflows.get(id);
          if (said === "away") throw new Error("the workflow engine is away");
          return said;
        },
        patienceSeconds: 120,
        silenceSeconds: 40,
      }),
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const call = async (who: Identity | undefined, method: string, path: string, options: CallOptions = {}) =>
    fetch(base + path, {
      method,
      headers: {
        "dapr-api-token": "secret",
        "dapr-caller-app-id": options.caller ?? "gateway",
        ...(who && { authorization: `Bearer ${await sign(who, "order")}` }),
        ...(options.body !== undefined && { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.signal && { signal: options.signal }),
    });
  return {
    database,
    started,
    workflows,
    call,
    setCart: (who: Identity, cart: Cart, ownerId = who.userId, guests: string[] = []) =>
      void carts.set(who.userId, { ownerId, cart, guests }),
    failCarts: (status?: number) => {
      const body = { type: "urn:sockshop:problem:internal", title: "No", status, detail: "The cart's own." };
      cartFault = status ? { status, body } : undefined;
    },
    place: (who: Identity, key: string | undefined, body: unknown = orderBody()) =>
      call(who, "POST", "/orders", {
        body,
        ...(key !== undefined && { headers: { "idempotency-key": key } }),
      }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await notifications.stop();
      await standIn.stop();
      await drop();
    },
  };
}

type CallOptions = {
  body?: unknown;
  headers?: Record<string, string>;
  caller?: string;
  signal?: AbortSignal;
};
