import { randomUUID } from "node:crypto";
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

test("200 buyers for 10 units, two lines that share one variant included: exactly 10 are sold", async () => {
  const product = await addProduct(admin, { stock: 10 });
  const sku = skuOf(product);
  const buyers = Array.from({ length: 200 }, () => newShopper(url));
  const placed: { shopper: Shopper; id: string }[] = [];
  for (let at = 0; at < buyers.length; at += 20) {
    await Promise.all(
      buyers.slice(at, at + 20).map(async (shopper) => {
        const cart = await fillCart(shopper, sku);
        const answer = await placeOrder(shopper, cart);
        if (answer.status === 202) placed.push({ shopper, id: answer.body.id });
      }),
    );
  }
  const orders = await Promise.all(placed.map(({ shopper, id }) => settled(shopper, id, 90_000)));
  const sold = orders
    .filter((order) => order.status === "confirmed")
    .reduce((sum, order) => sum + (order.lines[0]?.quantity ?? 0), 0);
  expect(sold).toBe(10);
  expect(
    orders.filter((order) => order.status === "rejected").every((order) => order.reason === "out-of-stock"),
  ).toBe(true);
  expect(await available(admin, product)).toBe(0);
}, 180_000);
