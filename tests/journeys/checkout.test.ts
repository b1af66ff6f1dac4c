import type { Cart } from "@sockshop/contracts/cart.ts";
import { type Order, order as orderSchema } from "@sockshop/contracts/order.ts";
import { beforeAll, expect, inject, test } from "vitest";
import {
  addProduct,
  available,
  buy,
  fillCart,
  newShopper,
  orderWhen,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

test("a guest buys a pair, signs up, finds it in the history, and the shop ships and delivers it", async () => {
  const product = await addProduct(admin, { stock: 5, priceCents: 1500 });
  const shopper = newShopper(url);
  const cart = await fillCart(shopper, skuOf(product), 2);
  expect(cart).toMatchObject({ subtotalCents: 3000, shippingCents: 499, totalCents: 3499 });
  const placed = await placeOrder(shopper, cart);
  expect(placed.status).toBe(202);
  expect(placed.headers.get("location")).toBe(`/api/orders/${placed.body.id}`);
  const confirmed = orderSchema.parse(await settled(shopper, placed.body.id));
  expect(confirmed).toMatchObject({ status: "confirmed", payment: { status: "captured" }, totalCents: 3499 });
  expect(confirmed.timeline.map((step) => step.status)).toEqual(
    expect.arrayContaining([
      "placed",
      "stock-reserved",
      "payment-authorized",
      "stock-committed",
      "payment-captured",
      "confirmed",
    ]),
  );
  expect(await available(shopper, product)).toBe(3);
  await signUp(shopper);
  const history = async () =>
    (await shopper.get<{ items: Order[] }>("/api/orders")).body.items.map((order) => order.id);
  await expect.poll(history, { timeout: 15_000 }).toContain(placed.body.id);
  await expect
    .poll(async () => (await shopper.get<Cart>("/api/cart")).body.items, { timeout: 15_000 })
    .toEqual([]);
  expect((await admin.post<Order>(`/api/orders/${placed.body.id}/ship`)).body.status).toBe("shipped");
  expect((await admin.post<Order>(`/api/orders/${placed.body.id}/deliver`)).body.status).toBe("delivered");
  expect((await shopper.get<Order>(`/api/orders/${placed.body.id}`)).body.status).toBe("delivered");
});

test("the order's stream tells each step as it happens", async () => {
  const product = await addProduct(admin, { stock: 5 });
  const shopper = newShopper(url);
  const placed = await placeOrder(shopper, await fillCart(shopper, skuOf(product)));
  const response = await fetch(`${url}/api/orders/${placed.body.id}/events`, {
    headers: { cookie: shopper.cookieHeader() },
    signal: AbortSignal.timeout(30_000),
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    // A chunk may end within an event.
    if (text.includes('"status":"confirmed","') && text.endsWith("\n\n")) break;
  }
  const orders = [...text.matchAll(/^event: order\ndata: (.+)$/gm)].map(
    (match) => JSON.parse(match[1] ?? "{}") as Order,
  );
  expect(orders.at(-1)?.status).toBe("confirmed");
});

test("what was added during the checkout stays in the cart when the order is confirmed", async () => {
  const product = await addProduct(admin, { stock: 10, variants: 2 });
  const shopper = newShopper(url);
  const placed = await placeOrder(shopper, await fillCart(shopper, skuOf(product), 2));
  await fillCart(shopper, skuOf(product, 1), 1);
  expect((await settled(shopper, placed.body.id)).status).toBe("confirmed");
  await expect
    .poll(
      async () => (await shopper.get<Cart>("/api/cart")).body.items.map((item) => [item.sku, item.quantity]),
      { timeout: 15_000 },
    )
    .toEqual([[skuOf(product, 1), 1]]);
});

test("a confirmed order is cancelled: the money goes back and so does the stock", async () => {
  const product = await addProduct(admin, { stock: 4 });
  const shopper = newShopper(url);
  const order = await buy(shopper, skuOf(product), { quantity: 3 });
  expect(order.status).toBe("confirmed");
  expect((await shopper.post(`/api/orders/${order.id}/cancel`)).status).toBe(202);
  const cancelled = await orderWhen(shopper, order.id, ({ status }) => status === "cancelled");
  expect(cancelled).toMatchObject({ reason: "cancelled-by-customer", payment: { status: "refunded" } });
  await expect.poll(() => available(shopper, product), { timeout: 15_000 }).toBe(4);
});

test("shipping bars cancelling, cancelling bars shipping, and a delivered order can be refunded once", async () => {
  const product = await addProduct(admin, { stock: 10 });
  const shopper = newShopper(url);
  const shipped = await buy(shopper, skuOf(product));
  expect((await admin.post(`/api/orders/${shipped.id}/ship`)).status).toBe(200);
  expect((await shopper.post(`/api/orders/${shipped.id}/cancel`)).status).toBe(409);
  await admin.post(`/api/orders/${shipped.id}/deliver`);
  expect((await admin.post(`/api/orders/${shipped.id}/refund`)).status).toBe(202);
  expect((await admin.post(`/api/orders/${shipped.id}/refund`)).status).toBeLessThan(500);
  expect((await orderWhen(shopper, shipped.id, ({ status }) => status === "refunded")).payment.status).toBe(
    "refunded",
  );
  const cancelled = await buy(shopper, skuOf(product));
  await shopper.post(`/api/orders/${cancelled.id}/cancel`);
  expect((await admin.post(`/api/orders/${cancelled.id}/ship`)).status).toBe(409);
});
