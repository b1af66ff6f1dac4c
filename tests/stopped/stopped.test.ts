import type { Cart } from "@sockshop/contracts/cart.ts";
import type { Product } from "@sockshop/contracts/catalog.ts";
import { afterEach, beforeAll, expect, inject, test } from "vitest";
import { ledgerOf } from "../ledger.ts";
import { pidOf } from "../shop-state.ts";
import {
  addProduct,
  available,
  eventually,
  fillCart,
  newShopper,
  orderWhen,
  type ProblemBody,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  skuOf,
} from "../shopper.ts";

// The shop of these tests loses patience with a checkout after CHECKOUT_PATIENCE_SECONDS=8 (tests/start-shop.ts).
const { url, admin: adminAccount } = inject("shop");
let admin: Shopper;
let product: Product;
const stopped = new Set<string>();
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});
afterEach(async () => {
  for (const part of stopped) goOn(part);
  await eventually(
    "the shop is whole again",
    async () => (await admin.get("/api/health")).status === 200,
    30_000,
  );
});

/** Stops a process where it is: it holds its ports and answers nobody, and nothing starts another in its place. */
function stop(part: string): void {
  process.kill(pidOf(part), "SIGSTOP");
  stopped.add(part);
}
function goOn(part: string): void {
  process.kill(pidOf(part), "SIGCONT");
  stopped.delete(part);
}
const stock = 5;
async function cartOfOne(): Promise<{ shopper: Shopper; cart: Cart }> {
  product = await addProduct(admin, { stock });
  const shopper = newShopper(url);
  return { shopper, cart: await fillCart(shopper, skuOf(product)) };
}

test.each(["catalog", "payment", "catalog-sidecar", "payment-sidecar"])(
  "%s stops during a checkout for longer than its patience: the order says it is undoing, then why; stock and money are back",
  async (part) => {
    const { shopper, cart } = await cartOfOne();
    stop(part);
    const placed = await placeOrder(shopper, cart);
    expect(placed.status).toBe(202);
    const undoing = await orderWhen(
      shopper,
      placed.body.id,
      ({ timeline }) => timeline.some(({ status }) => status === "undoing"),
      60_000,
    );
    expect(undoing.status).toBe("placed");
    goOn(part);
    const order = await settled(shopper, placed.body.id, 60_000);
    expect(order).toMatchObject({ status: "rejected", reason: "unavailable" });
    expect(order.reasonDetail).toBeTruthy();
    expect(await ledgerOf(order.id)).toMatchObject({ heldCents: 0, paidCents: 0, captures: 0 });
    await eventually("the stock is back", async () => (await available(admin, product)) === stock);
    expect((await shopper.get<Cart>("/api/cart")).body.items).toHaveLength(1);
  },
  150_000,
);

test.each(["catalog", "payment"])(
  "%s stops for less than its patience: the order is confirmed all the same",
  async (part) => {
    const { shopper, cart } = await cartOfOne();
    stop(part);
    const placed = await placeOrder(shopper, cart);
    await orderWhen(shopper, placed.body.id, ({ status }) => status === "placed");
    goOn(part);
    const order = await settled(shopper, placed.body.id, 60_000);
    expect(order.status).toBe("confirmed");
    expect(await ledgerOf(order.id)).toMatchObject({
      heldCents: 0,
      paidCents: order.totalCents,
      captures: 1,
    });
  },
  90_000,
);

test.each([
  ["cart", "/api/cart"],
  ["order", "/api/orders"],
  ["catalog", "/api/catalog/products"],
  ["cart-sidecar", "/api/cart"],
  ["order-sidecar", "/api/orders"],
  ["catalog-sidecar", "/api/catalog/products"],
  ["gateway-sidecar", "/api/catalog/products"],
])(
  "%s stops: what needs it is a 503 that says so and when to come back, and nothing goes round the sidecar",
  async (part, path) => {
    const shopper = newShopper(url);
    await shopper.get("/api/cart");
    stop(part);
    const { status, headers, body } = await shopper.get<ProblemBody>(path);
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBeTruthy();
    expect(body.detail).toBeTruthy();
    goOn(part);
    await eventually("it answers again", async () => (await shopper.get(path)).status === 200, 30_000);
  },
  90_000,
);

test("the cart stops between filling it and ordering: no order is made, and the same request succeeds afterwards", async () => {
  const { shopper, cart } = await cartOfOne();
  stop("cart");
  const key = crypto.randomUUID();
  expect((await placeOrder(shopper, cart, "tok_visa", key)).status).toBe(503);
  goOn("cart");
  const placed = await placeOrder(shopper, cart, "tok_visa", key);
  expect(placed.status).toBe(202);
  expect((await settled(shopper, placed.body.id)).status).toBe("confirmed");
  expect((await shopper.get<{ total: number }>("/api/orders")).body.total).toBe(1);
}, 60_000);
