import { randomUUID } from "node:crypto";
import type { Shop } from "../scripts/shop.ts";
import {
  addProduct,
  atOnce,
  fillCart,
  newShopper,
  placeOrder,
  settled,
  signInAdmin,
  skuOf,
} from "../tests/shopper.ts";

/** Milliseconds until each order was answered, and until it was confirmed; how long all of them took, in seconds. */
export type CheckoutTimes = { answers: number[]; ends: number[]; seconds: number };
type Load = { admin: { email: string; password: string }; count: number; width: number };

/** Sends checkouts, so many at once, each by a new guest; throws when one is not confirmed. */
export async function checkoutTimes(shop: Shop, { admin, count, width }: Load): Promise<CheckoutTimes> {
  const url = shop.urls.storefront;
  const office = await signInAdmin(url, admin);
  const skus = await Promise.all(
    Array.from({ length: 20 }, async () => skuOf(await addProduct(office, { stock: count }))),
  );
  const [answers, ends]: [number[], number[]] = [[], []];
  const began = performance.now();
  await atOnce(width, count, async (nr) => {
    const shopper = newShopper(url);
    const cart = await fillCart(shopper, skus[nr % skus.length] ?? "");
    const start = performance.now();
    const placed = await placeOrder(shopper, cart, "tok_visa", randomUUID());
    answers.push(performance.now() - start);
    const order = await settled(shopper, placed.body.id, 120_000);
    if (order.status !== "confirmed") throw new Error(`order ${order.id} is ${order.status}`);
    ends.push(performance.now() - start);
  });
  return { answers, ends, seconds: (performance.now() - began) / 1000 };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
