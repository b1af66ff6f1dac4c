import { randomUUID } from "node:crypto";
import type { Order } from "@sockshop/contracts/order.ts";
import { beforeAll, expect, inject, test } from "vitest";
import {
  addProduct,
  available,
  fillCart,
  newShopper,
  orderBody,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  skuOf,
} from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

test("one Idempotency-Key sent 50 times at once makes one order and gets 50 equal answers", async () => {
  const product = await addProduct(admin, { stock: 60 });
  const shopper = newShopper(url);
  const cart = await fillCart(shopper, skuOf(product));
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => placeOrder(shopper, cart, "tok_visa", key)),
  );
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(new Set(answers.map((answer) => answer.headers.get("location"))).size).toBe(1);
  const order = await settled(shopper, answers[0]?.body.id ?? "");
  expect(order.status).toBe("confirmed");
  expect((await shopper.get<{ total: number }>("/api/orders")).body.total).toBe(1);
  expect(await available(shopper, product)).toBe(59);
  const late = await placeOrder(shopper, cart, "tok_visa", key);
  expect([late.status, late.body]).toEqual([202, answers[0]?.body]);
});

test("the same key with another body is a 422, and another key for the same cart is a 409 that points to the first order", async () => {
  const product = await addProduct(admin, { stock: 5 });
  const shopper = newShopper(url);
  const cart = await fillCart(shopper, skuOf(product));
  const key = randomUUID();
  const first = await placeOrder(shopper, cart, "tok_visa", key);
  expect((await placeOrder(shopper, cart, "tok_slow", key)).status).toBe(422);
  const second = await shopper.post("/api/orders", orderBody(cart), { "idempotency-key": randomUUID() });
  expect(second.status).toBe(409);
  if (!JSON.stringify(second.body).includes("cart-changed"))
    expect(second.headers.get("location")).toBe(`/api/orders/${first.body.id}`);
});

test("200 buyers for 10 units: exactly 10 are sold, and the others are told that there are no more", async () => {
  const product = await addProduct(admin, { stock: 10 });
  const carts: { shopper: Shopper; version: number }[] = [];
  // Everybody has a pair in the cart before the first one orders: a cart holds no stock.
  await inTurns(200, async () => {
    const shopper = newShopper(url);
    carts.push({ shopper, version: (await fillCart(shopper, skuOf(product))).version });
  });
  const orders: Order[] = [];
  await inTurns(carts.length, async (index) => {
    const { shopper, version } = carts[index] as (typeof carts)[number];
    const answer = await placeOrder(shopper, { version });
    expect(answer.status).toBe(202);
    orders.push(await settled(shopper, answer.body.id, 150_000));
  });
  const statuses = orders.map(({ status, reason }) => reason ?? status);
  expect(statuses.filter((status) => status === "confirmed")).toHaveLength(10);
  expect(statuses.filter((status) => status === "out-of-stock")).toHaveLength(190);
  expect(await available(admin, product)).toBe(0);
}, 480_000);

/** Does something `count` times, 50 at once. */
async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
}
