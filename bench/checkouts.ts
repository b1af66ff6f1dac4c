import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
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
import { admin } from "./bench-shop.ts";

/** Milliseconds until each order was answered, and until it was confirmed; how long all of them took, in seconds. */
export type CheckoutTimes = { answers: number[]; ends: number[]; seconds: number };

/** Sends checkouts, so many at once, each by a new guest; throws when one is not confirmed. */
export async function checkoutTimes(
  shop: Shop,
  { count, width }: { count: number; width: number },
): Promise<CheckoutTimes> {
  const buyer = await newBuyer(shop, count);
  await atOnce(width, count, buyer.buy);
  return buyer.times();
}

/** Sends checkouts at a steady rate for so many seconds, however slowly they are answered. */
export async function steadyCheckouts(
  shop: Shop,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<CheckoutTimes> {
  const count = Math.ceil(perSecond * seconds);
  const buyer = await newBuyer(shop, count);
  const bought = Array.from({ length: count }, async (_, nr) => {
    await pause((nr * 1000) / perSecond);
    await buyer.buy(nr);
  });
  await Promise.all(bought);
  return buyer.times();
}

/** Buys one sock of many for each new guest, and notes how long it took. */
async function newBuyer(shop: Shop, stock: number) {
  const url = shop.urls.storefront;
  const office = await signInAdmin(url, admin);
  const skus = await Promise.all(
    Array.from({ length: 20 }, async () => skuOf(await addProduct(office, { stock }))),
  );
  const [answers, ends]: [number[], number[]] = [[], []];
  const began = performance.now();
  const buy = async (nr: number) => {
    const shopper = newShopper(url);
    const cart = await fillCart(shopper, skus[nr % skus.length] ?? "");
    const start = performance.now();
    const placed = await placeOrder(shopper, cart, "tok_visa", randomUUID());
    answers.push(performance.now() - start);
    const order = await settled(shopper, placed.body.id, 120_000);
    if (order.status !== "confirmed") throw new Error(`order ${order.id} is ${order.status}`);
    ends.push(performance.now() - start);
  };
  return { buy, times: () => ({ answers, ends, seconds: (performance.now() - began) / 1000 }) };
}

export const median = (values: number[]): number => quantile(values, 0.5);

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
