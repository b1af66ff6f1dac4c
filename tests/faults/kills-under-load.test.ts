import type { Product } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, audit } from "../books.ts";
import { apps, converged, inDatabase, killAndWait } from "../shop-state.ts";
import { addProduct, atOnce, eventually, newShopper, signInAdmin, skuOf } from "../shopper.ts";
import { orderUntilTaken, stockOf } from "./orders.ts";

const { url, admin } = inject("shop");
const parts = [
  ...apps,
  ...apps.map((app) => `${app}-sidecar`),
  "placement",
  "scheduler",
  "redis",
  "postgres",
];
const each = 1_000 / parts.length;
const shoppers = 8;
const stock = 5_000;
const all: string[] = [];
let product: Product;

beforeAll(async () => {
  product = await addProduct(await signInAdmin(url, admin), { stock, priceCents: 700 });
});

test.each(parts)(
  `%s is killed among ${each} checkouts: every order ends within 90 s, and stock and money agree`,
  async (part) => {
    const ids: string[] = [];
    let back: Promise<void> | undefined;
    await atOnce(shoppers, each, async (nr) => {
      if (nr === each / 2) back = killAndWait(part);
      ids.push(await orderUntilTaken(newShopper(url), skuOf(product)));
    });
    await back;
    all.push(...ids);
    await allEnd(ids, 90_000);
    expect(await audit(ids)).toEqual({ confirmed: each });
  },
  240_000,
);

test("of 1,000 orders none is lost, doubled or oversold, and every consumer catches up", async () => {
  expect(all).toHaveLength(1_000);
  expect(await audit(all)).toEqual({ confirmed: 1_000 });
  const [booked] = await inDatabase<{ orders: number; units: number }>(
    "order",
    `select count(distinct order_id)::int as orders, sum((line->>'quantity')::int)::int as units
     from orders, jsonb_array_elements(lines) line where line->>'sku' = $1`,
    [skuOf(product)],
  );
  expect(booked?.orders).toBe(1_000);
  const sold = booked?.units ?? 0;
  expect(await stockOf(product.id)).toEqual({ sold, available: stock - sold });
  await eventually("every consumer stands at its source's head", converged, 60_000);
}, 120_000);
