import { randomUUID } from "node:crypto";
import { api } from "@sockshop/contracts/api.ts";
import type { Order } from "@sockshop/contracts/order.ts";
import pg from "pg";
import { beforeAll, expect, inject, test } from "vitest";
import { invokeAs, setting } from "../shop-state.ts";
import {
  addProduct,
  buy,
  fillCart,
  newShopper,
  type Shopper,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
const services = ["catalog", "cart", "order", "payment", "rating", "logging", "monitoring"];
let admin: Shopper;
let owner: Shopper;
let stranger: Shopper;
let order: Order;

beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
  [owner, stranger] = [newShopper(url), newShopper(url)];
  await signUp(owner);
  await signUp(stranger);
  order = await buy(owner, skuOf(await addProduct(admin, { stock: 5 })));
});

test("nobody sees, streams or cancels another's order, and nobody's cart is another's", async () => {
  expect((await owner.get(`/api/orders/${order.id}`)).status).toBe(200);
  for (const other of [stranger, newShopper(url)]) {
    for (const path of [`/api/orders/${order.id}`, `/api/orders/${order.id}/events`])
      expect([401, 404]).toContain((await other.get(path)).status);
    expect([401, 404]).toContain((await other.post(`/api/orders/${order.id}/cancel`)).status);
    expect((await other.get<{ items: Order[] }>("/api/orders?all=true")).body.items ?? []).toEqual([]);
  }
  await fillCart(owner, skuOf(await addProduct(admin, { stock: 5 })));
  expect((await stranger.get<{ items: unknown[] }>("/api/cart")).body.items).toEqual([]);
});

test("no admin route answers a customer, a guest, or nobody", async () => {
  const routes = Object.values(api)
    .flat()
    .filter((route) => route.access === "admin");
  expect(routes.length).toBeGreaterThan(5);
  const guest = newShopper(url);
  await guest.get("/api/cart");
  for (const route of routes) {
    const path = `/api${route.path.replace(/:\w+/g, randomUUID())}`;
    const contentType = { "content-type": route.bodyType ?? "application/json" };
    for (const [who, shopper] of [
      ["customer", stranger],
      ["guest", guest],
      ["nobody", newShopper(url)],
    ] as const) {
      const { status } = await shopper.send(
        route.method.toUpperCase(),
        path,
        route.body ? "{}" : undefined,
        contentType,
      );
      expect([who, route.method, route.path, status === 401 || status === 403]).toEqual([
        who,
        route.method,
        route.path,
        true,
      ]);
    }
  }
});

test("internal routes cannot be reached from outside, whatever the spelling or the forged header", async () => {
  const paths = [
    "/internal/events?topic=order-events&after=0",
    "/api/internal/events",
    "/api/catalog/../internal/stock/reserve",
    "/api/catalog/products/..%2f..%2f..%2finternal%2foperator",
    "/api/orders/..%2finternal%2foperator",
    "/dapr/subscribe",
    "/events/order-events",
    "/metrics",
    "/v1.0/invoke/order/method/orders",
  ];
  for (const path of paths) {
    const { status, body } = await stranger.send("GET", path, undefined, {
      "dapr-caller-app-id": "order",
      "dapr-api-token": "guess",
    });
    const isStorefront = typeof body === "string" && body.includes("<!doctype html>");
    expect([path, status >= 400 || isStorefront]).toEqual([path, true]);
  }
  const forged = await stranger.send("GET", "/api/orders?all=true", undefined, {
    "dapr-caller-app-id": "gateway",
    authorization: "Bearer x.y.z",
  });
  expect(forged.status === 401 || (forged.body as { items: unknown[] }).items.length === 0).toBe(true);
});

test("a service refuses calls that do not come from its own sidecar, and a sidecar calls without its token", async () => {
  for (const app of services) {
    for (const path of ["/internal/events", "/dapr/subscribe", "/metrics", "/anything"]) {
      expect((await fetch(`http://127.0.0.1:${setting(app, "APP_PORT")}${path}`)).status).toBe(401);
    }
    const token = {
      headers: { "dapr-api-token": setting(app === "cart" ? "order" : "cart", "DAPR_API_TOKEN") },
    };
    const sidecar = `http://127.0.0.1:${setting(app, "DAPR_HTTP_PORT")}/v1.0/invoke/${app}/method/healthz`;
    expect((await fetch(sidecar)).status).toBe(401);
    expect((await fetch(sidecar, token)).status).toBe(401);
  }
});

test("a service answers only the callers it expects", async () => {
  const charge = JSON.stringify({
    orderId: order.id,
    generation: 1,
    amountCents: 1,
    currency: "USD",
    token: "tok_visa",
  });
  for (const caller of ["cart", "catalog", "gateway"]) {
    for (const path of ["authorize", "capture", "void", "refund"]) {
      expect(
        (await invokeAs(caller, "payment", `/internal/payments/${path}`, { method: "POST", body: charge }))
          .status,
      ).toBe(403);
    }
  }
  expect(
    (await invokeAs("gateway", "catalog", "/internal/stock/reserve", { method: "POST", body: "{}" })).status,
  ).toBe(403);
  expect((await invokeAs("catalog", "cart", `/internal/carts/${randomUUID()}`)).status).toBe(403);
  expect((await invokeAs("payment", "order", "/orders")).status).toBe(403);
  const forged = { headers: { "dapr-caller-app-id": "order" } };
  expect(
    (
      await invokeAs("cart", "payment", "/internal/payments/void", {
        method: "POST",
        body: charge,
        ...forged,
      })
    ).status,
  ).toBe(403);
});

test("a service cannot slip an event to another, read a topic it does not hear, or operate another service", async () => {
  const event = {
    specversion: "1.0",
    id: randomUUID(),
    source: "gateway",
    type: "AccountErased",
    subject: "x",
    time: new Date().toISOString(),
    position: 1,
    data: { accountId: randomUUID() },
  };
  const bulk = JSON.stringify({ entries: [{ entryId: "1", event }] });
  expect(
    (await invokeAs("payment", "order", "/events/account-events", { method: "POST", body: bulk })).status,
  ).toBe(403);
  expect((await invokeAs("payment", "order", "/internal/events?topic=order-events&after=0")).status).toBe(
    403,
  );
  expect(
    (await invokeAs("cart", "order", "/internal/operator/redrive", { method: "POST", body: "{}" })).status,
  ).toBe(403);
  const publish = `http://127.0.0.1:${setting("payment", "DAPR_HTTP_PORT")}/v1.0/publish/pubsub/account-events`;
  const published = await fetch(publish, {
    method: "POST",
    headers: { "dapr-api-token": setting("payment", "DAPR_API_TOKEN"), "content-type": "application/json" },
    body: "{}",
  });
  expect(published.status).toBe(403);
});

test("a database role cannot connect to another service's database", async () => {
  const own = new URL(setting("cart", "DATABASE_URL"));
  for (const other of ["catalog", "order", "payment", "gateway"]) {
    const target = new URL(own);
    target.pathname = new URL(setting(other, "DATABASE_URL")).pathname;
    const client = new pg.Client({ connectionString: target.href });
    await expect(client.connect()).rejects.toMatchObject({ code: "42501" });
    await client.end().catch(() => {});
  }
});

test("a foreign Origin is refused, our own and none are taken", async () => {
  const withOrigin = async (origin: string) =>
    (await newShopper(url).send("GET", "/api/cart", undefined, { origin })).status;
  const port = new URL(url).port;
  expect([await withOrigin("https://evil.example"), await withOrigin("null")]).toEqual([403, 403]);
  expect([
    await withOrigin(`http://localhost:${port}`),
    await withOrigin(`http://127.0.0.1:${port}`),
  ]).toEqual([200, 200]);
});
