import type { Cart } from "@sockshop/contracts/cart.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { ledgerOf } from "../ledger.ts";
import {
  addProduct,
  available,
  buy,
  fillCart,
  newShopper,
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

test.each([
  ["tok_declined", "payment-declined"],
  ["tok_insufficient_funds", "payment-declined"],
  ["tok_capture_fails", "payment-failed"],
])("%s rejects the order as %s; stock and money are back where they were", async (token, reason) => {
  const product = await addProduct(admin, { stock: 3 });
  const shopper = newShopper(url);
  const order = await buy(shopper, skuOf(product), { quantity: 2, token });
  expect(order).toMatchObject({ status: "rejected", reason });
  expect(order.reasonDetail).toBeTruthy();
  expect(["declined", "failed", "voided"]).toContain(order.payment.status);
  await expect.poll(() => available(shopper, product), { timeout: 15_000 }).toBe(3);
  expect(await ledgerOf(order.id)).toMatchObject({ heldCents: 0, paidCents: 0 });
  expect((await shopper.get<Cart>("/api/cart")).body.items).toHaveLength(1);
});

test.each(["tok_visa", "tok_slow", "tok_flaky", "tok_lost_reply"])(
  "%s ends in one charge and a confirmed order",
  async (token) => {
    const product = await addProduct(admin, { stock: 3, priceCents: 2000 });
    const shopper = newShopper(url);
    const order = await buy(shopper, skuOf(product), { token });
    expect(order).toMatchObject({ status: "confirmed", payment: { status: "captured" } });
    expect(await ledgerOf(order.id)).toMatchObject({
      heldCents: 0,
      paidCents: order.totalCents,
      captures: 1,
    });
  },
);

test("an order for more than there is says so, and sells nothing", async () => {
  const product = await addProduct(admin, { stock: 2 });
  const [first, second] = [newShopper(url), newShopper(url)];
  const carts = [
    await fillCart(first, skuOf(product), 2),
    await fillCart(second, skuOf(product), 2),
  ] as const;
  const placed = [await placeOrder(first, carts[0]), await placeOrder(second, carts[1])] as const;
  const orders = [await settled(first, placed[0].body.id), await settled(second, placed[1].body.id)];
  expect(orders.map((order) => order.status).sort()).toEqual(["confirmed", "rejected"]);
  expect(orders.find((order) => order.status === "rejected")).toMatchObject({
    reason: "out-of-stock",
    payment: { status: "pending" },
  });
  expect(await available(first, product)).toBe(0);
});

test("a price that changed since the customer saw it rejects the order and names both prices", async () => {
  const product = await addProduct(admin, { stock: 5, priceCents: 1000 });
  const sku = skuOf(product);
  const shopper = newShopper(url);
  const cart = await fillCart(shopper, sku);
  const change = admin.send("PATCH", `/api/catalog/products/${product.id}`, {
    variants: [{ sku, priceCents: 1200 }],
  });
  expect((await change).status).toBe(200);
  const placed = await placeOrder(shopper, cart);
  // Whether the cart has heard of the new price yet decides which of the two refusals comes.
  if (placed.status === 409) {
    expect(placed.body.cart?.items[0]?.unitPriceCents).toBe(1200);
  } else {
    const order = await settled(shopper, placed.body.id);
    expect(order).toMatchObject({
      status: "rejected",
      reason: "price-changed",
      priceChanges: [{ sku, seenCents: 1000, nowCents: 1200 }],
    });
  }
  expect(await available(shopper, product)).toBe(5);
  await expect
    .poll(async () => (await shopper.get<Cart>("/api/cart")).body.items[0]?.unitPriceCents, {
      timeout: 15_000,
    })
    .toBe(1200);
});

test("a stale cart, a missing key, an empty cart and a guest without an e-mail address are refused with a reason", async () => {
  const product = await addProduct(admin, { stock: 5 });
  const shopper = newShopper(url);
  const cart = await fillCart(shopper, skuOf(product));
  await fillCart(shopper, skuOf(product));
  const stale = await placeOrder(shopper, cart);
  expect([stale.status, stale.body.cart?.version]).toEqual([409, cart.version + 1]);
  expect(
    (await shopper.post("/api/orders", { shippingAddress: {}, payment: { token: "tok_visa" }, cart })).status,
  ).toBe(400);
  const empty = newShopper(url);
  const emptyCart = (await empty.get<Cart>("/api/cart")).body;
  const refused = await placeOrder(empty, emptyCart);
  expect([409, 422]).toContain(refused.status);
});
