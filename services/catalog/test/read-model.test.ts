import { productQuery } from "@sockshop/contracts/catalog.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import type { StoredEvent } from "@sockshop/platform/events.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { rebuildProjection } from "@sockshop/platform/read-models.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { product } from "../src/product.ts";
import { changeProduct, changeStock, productStore, retireProduct } from "../src/product-commands.ts";
import { listProducts } from "../src/product-search.ts";
import type { ProductEvent } from "../src/product-state.ts";
import { findProduct, products } from "../src/products.ts";
import { commitStock, releaseStock, reserveStock, returnStock } from "../src/stock-operations.ts";
import { added } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
const socks: { productId: string; sku: string }[] = [];

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  for (let index = 0; index < 6; index++) {
    const sku = `LIFE-${index}`;
    const variants = [
      { sku, options: { size: "M" }, priceCents: 1000 + index, stock: 40 },
      { sku: `${sku}-L`, options: { size: "L" }, priceCents: 1100, stock: index },
    ];
    socks.push({ sku, productId: await added(database, { name: `Life ${index}`, variants }) });
  }
});
afterAll(() => drop());

/** A day in the life of the shop: orders that end in every way, deliveries, new prices, a new variant, a retirement. */
async function live(round: number): Promise<void> {
  await Promise.all(
    socks.map(async ({ productId, sku }, index) => {
      const order = { orderId: newId(), generation: 1 };
      const line = { productId, sku, quantity: 1 + index, seenPriceCents: 1000 + index };
      await reserveStock(database, { ...order, lines: [line] }, 15);
      if ((index + round) % 3 !== 0) await commitStock(database, order);
      if ((index + round) % 3 === 2) await returnStock(database, order);
      if ((index + round) % 3 === 0 && round > 1) await releaseStock(database, order);
    }),
  );
  await withTransaction(database, async (tx) => {
    await changeStock(tx, `LIFE-${round}`, { change: 7, reason: "delivery" });
    await changeProduct(tx, socks[round]?.productId ?? "", {
      description: `Round ${round}`,
      variants: [{ sku: `NEW-${newId()}`, priceCents: 300 + round }],
    });
  });
}

const readModel = async () => ({
  products: (await database.query("select * from products order by id")).rows,
  stock: (await database.query("select * from product_stock order by product_id")).rows,
});

test("each product's state is the fold of its events, and the read model tells the same stock", async () => {
  for (let round = 0; round < 3; round++) await live(round);
  for (const { productId } of socks) {
    const { rows } = await database.query<StoredEvent>(
      "select * from events where stream = 'product' and subject = $1 order by version",
      [productId],
    );
    const folded = (rows as unknown as ProductEvent[]).reduce(product.evolve, product.initial);
    const state = await productStore.load(database, productId);
    expect(state).toEqual(folded);
    if (state.status === "none") throw new Error("the product has no state");
    const stock = Object.fromEntries(
      state.variants.map(({ sku, onHand, reserved }) => [
        sku,
        onHand - Object.values(reserved).reduce((sum, quantity) => sum + quantity, 0),
      ]),
    );
    const shown = await database.query("select stock, available from product_stock where product_id = $1", [
      productId,
    ]);
    expect(shown.rows[0]).toEqual({ stock, available: Object.values(stock).reduce((a, b) => a + b, 0) });
  }
});

test("a read model whose rows were lost is made again from events, the same to the last column", async () => {
  await withTransaction(database, (tx) => retireProduct(tx, socks[5]?.productId ?? ""));
  const before = await readModel();
  expect(before.products).toHaveLength(6);
  await database.query("truncate products, product_stock");
  await rebuildProjection(database, { stream: "product", projection: products as unknown as Projection });
  expect(await readModel()).toEqual(before);
});

test("shoppers browse and orders go on while the read model is rebuilt, and it misses none of them", async () => {
  socks.pop();
  let rebuilding = true;
  const browsing = Array.from({ length: 3 }, async () => {
    while (rebuilding) {
      const { total } = await listProducts(database, productQuery.parse({ search: "life" }));
      expect([total, (await findProduct(database, "life-0"))?.slug]).toEqual([5, "life-0"]);
    }
  });
  const rebuilds = (async () => {
    for (let time = 0; time < 3; time++)
      await rebuildProjection(database, { stream: "product", projection: products as unknown as Projection });
  })();
  await Promise.all([rebuilds, live(3), live(4)]);
  rebuilding = false;
  await Promise.all(browsing);
  const served = await readModel();
  await rebuildProjection(database, { stream: "product", projection: products as unknown as Projection });
  expect(await readModel()).toEqual(served);
});
