import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Cart } from "@sockshop/contracts/cart.ts";
import { cartForCheckout, cart as cartShape } from "@sockshop/contracts/cart.ts";
import type { Config } from "@sockshop/platform/config.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { notFound, unavailable } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { cartRoutes } from "../src/app.ts";
import { productFacts, told } from "./told.ts";

let database: Database;
let drop: () => Promise<void>;
let server: Server;
let base: string;
let sign: Awaited<ReturnType<typeof identitySigner>>;
let shop: ReturnType<typeof told>;
const productId = newId();
/** What Catalog answers when it is asked for a variant. */
let catalog: (path: string) => unknown;
let asked: string[];

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  shop = told(database);
  await shop.begin();
  await shop.tell(
    "product-events",
    "ProductAdded",
    productId,
    productFacts([
      { sku: "A", priceCents: 1000, available: 20 },
      { sku: "sold-out", priceCents: 1000, available: 0 },
      ...Array.from({ length: 51 }, (_, nr) => ({ sku: `S-${nr}`, priceCents: 100, available: 9 })),
    ]),
  );
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  sign = await identitySigner(await exportJWK(pair.privateKey));
  const config = {
    appId: "cart",
    appApiToken: "secret",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "silent",
  } as unknown as Config;
  const sidecar = {
    call: async (app: string, method: string, path: string) => {
      asked.push(`${app} ${method} ${path}`);
      return catalog(path);
    },
  } as unknown as Sidecar;
  const app = createApp({
    config,
    log: createLog(config),
    metrics: createMetrics("cart"),
    readiness: async () => [],
    routes: (express) => cartRoutes(express, { database, sidecar }),
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await drop();
});
beforeEach(() => {
  asked = [];
  catalog = () => {
    throw unavailable("The catalog service");
  };
});

type Answer = { status: number; body: Cart & { type?: string; detail?: string; limit?: number } };
async function call(
  method: string,
  path: string,
  options: { body?: unknown; caller?: string; userId?: string; anonymous?: boolean } = {},
): Promise<Answer> {
  const token = await sign({ userId: options.userId ?? newId(), role: "customer" }, "cart");
  const response = await fetch(base + path, {
    method,
    headers: {
      "dapr-api-token": "secret",
      "dapr-caller-app-id": options.caller ?? "gateway",
      ...(options.anonymous ? {} : { authorization: `Bearer ${token}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}
const add = (userId: string, sku: string, quantity = 1) =>
  call("POST", "/cart/items", { userId, body: { sku, quantity } });

test("every write answers the whole cart", async () => {
  const userId = newId();
  const added = await add(userId, "A", 2);
  expect(added.status).toBe(200);
  expect(cartShape.parse(added.body)).toMatchObject({ version: 1, totalCents: 2499 });
  const more = await add(userId, "A");
  expect(more.body.items[0]?.quantity).toBe(3);
  const set = await call("PUT", "/cart/items/A", { userId, body: { quantity: 6 } });
  expect(set.body).toMatchObject({ version: 3, shippingCents: 0, totalCents: 6000 });
  expect((await call("GET", "/cart", { userId })).body).toEqual(set.body);
  await add(userId, "S-1");
  const removed = await call("DELETE", "/cart/items/A", { userId });
  expect(removed.body.items.map(({ sku }) => sku)).toEqual(["S-1"]);
  const emptied = await call("DELETE", "/cart", { userId });
  expect(emptied.body).toMatchObject({ version: 6, items: [], totalCents: 0 });
  expect(asked).toEqual([]);
});

test("the limits are refused with a problem that tells them", async () => {
  const userId = newId();
  await add(userId, "A", 60);
  const tooMany = await add(userId, "A", 40);
  expect([tooMany.status, tooMany.body.type, tooMany.body.limit]).toEqual([
    409,
    "urn:sockshop:problem:quantity-limit",
    99,
  ]);
  expect((await add(userId, "A", 100)).status).toBe(422);
  expect((await call("PUT", "/cart/items/A", { userId, body: { quantity: 100 } })).status).toBe(422);
  for (let nr = 0; nr < 49; nr++) await add(userId, `S-${nr}`);
  const full = await add(userId, "S-49");
  expect([full.status, full.body.type, full.body.limit]).toEqual([409, "urn:sockshop:problem:cart-full", 50]);
});

test("what is sold out or was never heard of cannot be added", async () => {
  const userId = newId();
  const soldOut = await add(userId, "sold-out");
  expect([soldOut.status, soldOut.body.type]).toEqual([409, "urn:sockshop:problem:out-of-stock"]);
  catalog = () => {
    throw notFound("The variant");
  };
  expect((await add(userId, "unheard-of")).status).toBe(404);
  expect((await call("PUT", "/cart/items/A", { userId, body: { quantity: 1 } })).status).toBe(404);
  expect((await call("GET", "/cart", { userId })).body.version).toBe(0);
});

test("a variant of which no event came yet is asked for once, and its event then says more than the answer", async () => {
  const [userId, newProduct] = [newId(), newId()];
  catalog = () => ({
    ...productFacts([{ sku: "new", priceCents: 700, available: 8 }], "New sock"),
    productId: newProduct,
    status: "active",
  });
  expect((await add(userId, "new")).body.items[0]).toMatchObject({ name: "New sock", unitPriceCents: 700 });
  await add(userId, "new");
  expect(asked).toEqual(["catalog GET /internal/variants/new"]);
  const facts = productFacts([{ sku: "new", priceCents: 900, available: 7 }], "Newest sock");
  await shop.tell("product-events", "ProductAdded", newProduct, facts);
  expect((await call("GET", "/cart", { userId })).body.items[0]).toMatchObject({
    name: "Newest sock",
    unitPriceCents: 900,
    available: 7,
  });
});

test("a variant cannot be added while the catalogue, which alone knows it, is away", async () => {
  expect((await add(newId(), "unheard-of")).status).toBe(503);
});

test("a retired product and one of another currency cannot be added", async () => {
  const [retired, foreign] = [newId(), newId()];
  await shop.tell(
    "product-events",
    "ProductAdded",
    retired,
    productFacts([{ sku: "old", priceCents: 1, available: 5 }]),
  );
  await shop.tell("product-events", "ProductRetired", retired, {});
  const euros = { ...productFacts([{ sku: "euro", priceCents: 1, available: 5 }]), currency: "EUR" };
  await shop.tell("product-events", "ProductAdded", foreign, euros);
  expect((await add(newId(), "old")).body.type).toBe("urn:sockshop:problem:retired");
  expect((await add(newId(), "euro")).body.type).toBe("urn:sockshop:problem:other-currency");
});

test("nonsense in the path or body is a 422, never a 500", async () => {
  for (const path of ["/cart/items/%00", "/cart/items/a%20b", `/cart/items/${"x".repeat(65)}`])
    expect((await call("PUT", path, { body: { quantity: 1 } })).status).toBe(422);
  for (const body of [
    {},
    { sku: "" },
    { sku: 7 },
    { sku: "A", quantity: 0 },
    { sku: "A", quantity: 1.5 },
    [],
  ])
    expect((await call("POST", "/cart/items", { body })).status).toBe(422);
});

test("only the gateway may bring shoppers, and only with their identity", async () => {
  for (const caller of ["order", "catalog", "gateway, order", ""])
    expect((await call("GET", "/cart", { caller })).status).toBe(403);
  expect((await call("GET", "/cart", { anonymous: true })).status).toBe(401);
  expect((await call("POST", "/cart/items", { anonymous: true, body: { sku: "A" } })).status).toBe(401);
});

test("one shopper's cart is never another's, however the id is spelled", async () => {
  const userId = newId();
  await add(userId, "A");
  expect((await call("GET", "/cart")).body.items).toEqual([]);
  expect((await call("GET", "/cart", { userId: userId.toUpperCase() })).body.items).toHaveLength(1);
});

test("the order service reads a cart by its owner, across the pointer of a guest, and nobody else does", async () => {
  const [guest, account] = [newId(), newId()];
  await add(guest, "A", 2);
  await shop.tell("account-events", "GuestJoined", guest, { guestId: guest, accountId: account });
  const read = await call("GET", `/internal/carts/${guest}`, { caller: "order", anonymous: true });
  expect(cartForCheckout.parse(read.body)).toMatchObject({
    ownerId: account,
    cart: { items: [{ sku: "A", quantity: 2 }] },
    guests: [guest],
  });
  for (const caller of ["gateway", "payment", ""])
    expect((await call("GET", `/internal/carts/${guest}`, { caller })).status).toBe(403);
  expect((await call("GET", "/internal/carts/nobody", { caller: "order" })).status).toBe(422);
  const late = await add(guest, "A");
  expect([late.status, late.body.type]).toEqual([409, "urn:sockshop:problem:cart-joined"]);
});
