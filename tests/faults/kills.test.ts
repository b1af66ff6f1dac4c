import type { Product } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { ledgerOf } from "../ledger.ts";
import { killAndWait } from "../shop-state.ts";
import {
  addProduct,
  available,
  eventually,
  newShopper,
  type Shopper,
  settled,
  signInAdmin,
  skuOf,
} from "../shopper.ts";
import { orderUntilTaken, unitsIn } from "./orders.ts";

const { url, admin: adminAccount } = inject("shop");
const buyers = 6;
let product: Product;
let admin: Shopper;
let left = 1_000;

beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
  product = await addProduct(admin, { stock: left, priceCents: 700 });
});

const order = (shopper: Shopper) => orderUntilTaken(shopper, skuOf(product));

const parts = [
  "order",
  "order-sidecar",
  "catalog",
  "catalog-sidecar",
  "payment",
  "payment-sidecar",
  "cart",
  "gateway-sidecar",
  "gateway",
  "redis",
  "placement",
  "scheduler",
  "postgres",
];

test.each(parts)(
  "%s is killed in mid-checkout: it comes back, every order ends right, and the money agrees",
  async (part) => {
    const shoppers = Array.from({ length: buyers }, () => newShopper(url));
    const [early, late] = [shoppers.slice(0, 4), shoppers.slice(4)];
    const ids = await Promise.all(early.map(order));
    await killAndWait(part);
    ids.push(...(await Promise.all(late.map(order))));
    const orders = await Promise.all(
      shoppers.map((shopper, index) => settled(shopper, ids[index] ?? "", 90_000)),
    );
    for (const { id, status, totalCents } of orders) {
      const ledger = await ledgerOf(id);
      expect({ id, status, ...ledger }).toMatchObject({
        id,
        heldCents: 0,
        paidCents: status === "confirmed" ? totalCents : 0,
      });
      expect(ledger.captures).toBeLessThanOrEqual(1);
    }
    expect(orders.map(({ status, reason }) => reason ?? status)).toEqual(orders.map(() => "confirmed"));
    left -= unitsIn(orders);
    await eventually("the stock agrees", async () => (await available(admin, product)) === left, 30_000);
  },
  200_000,
);
