import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Product } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, audit } from "../books.ts";
import { redis } from "../redis.ts";
import { converged, inDatabase, killAndWait } from "../shop-state.ts";
import { addProduct, atOnce, eventually, newShopper, signInAdmin, skuOf } from "../shopper.ts";
import { orderUntilTaken } from "./orders.ts";

const { url, admin, stateDir } = inject("shop");
const orders = 60;
let product: Product;

beforeAll(async () => {
  product = await addProduct(await signInAdmin(url, admin), { stock: 1_000 });
});

/** Redis as after a disk was lost: its files are deleted, it is killed, and what comes back is empty. */
async function loseFiles(): Promise<void> {
  const folder = join(stateDir, "redis");
  const files = readdirSync(folder).filter((name) => name !== "redis.conf");
  expect(files).not.toEqual([]);
  for (const name of files) rmSync(join(folder, name), { recursive: true, force: true });
  await killAndWait("redis");
  await eventually("Redis answers", async () => (await redis("PING")) === "+PONG");
}

test.each([
  ["is emptied again and again", async () => void (await redis("FLUSHALL"))],
  ["loses its files and is killed", loseFiles],
])(
  `Redis %s among ${orders} checkouts: every order ends, and every consumer has caught up within 60 s`,
  async (_how, lose) => {
    const ids: string[] = [];
    await atOnce(8, orders, async (nr) => {
      if (nr % 25 === 15) await lose();
      ids.push(await orderUntilTaken(newShopper(url), skuOf(product)));
    });
    await allEnd(ids, 90_000);
    await lose();
    await eventually("every consumer stands at its source's head", converged, 60_000);
    expect(await audit(ids)).toEqual({ confirmed: orders });
    const stored = await inDatabase<{ subject: string }>(
      "logging",
      "select subject from records where message = 'OrderConfirmed' and subject = any($1)",
      [ids],
    );
    expect(stored.map(({ subject }) => subject).sort()).toEqual(ids.toSorted());
    const carts = await inDatabase("cart", "select 1 from cart_lines where sku = $1", [skuOf(product)]);
    expect(carts).toEqual([]);
  },
  300_000,
);
