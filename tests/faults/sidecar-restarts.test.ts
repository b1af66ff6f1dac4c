import type { Product } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, allOrders, audit } from "../books.ts";
import { killAndWait, sidecarServes } from "../shop-state.ts";
import { addProduct, eventually, newShopper, signInAdmin, skuOf } from "../shopper.ts";
import { orderUntilTaken } from "./orders.ts";

const { url, admin } = inject("shop");
const restarts = Number(process.env.SIDECAR_RESTARTS ?? 20);
let product: Product;
beforeAll(async () => {
  // Ten seconds are for these checkouts alone.
  await allEnd(await allOrders(), 300_000);
  product = await addProduct(await signInAdmin(url, admin), { stock: 1_000 });
}, 310_000);

test(
  `the order service's sidecar is killed ${restarts} times: what was under way ends within 10 s of each restart`,
  async () => {
    const all: string[] = [];
    for (let round = 0; round < restarts; round++) {
      const ids = await Promise.all(
        Array.from({ length: 5 }, () => orderUntilTaken(newShopper(url), skuOf(product))),
      );
      await killAndWait("order-sidecar");
      await eventually("the sidecar serves again", () => sidecarServes("order"));
      await allEnd(ids, 10_000);
      all.push(...ids);
    }
    expect(await audit(all)).toEqual({ confirmed: restarts * 5 });
  },
  restarts * 30_000,
);
