import { productQuery } from "@sockshop/contracts/catalog.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { listProducts } from "../src/product-search.ts";
import { seedCatalogue } from "../src/seeding.ts";
import { aProduct } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());
const total = async () => (await listProducts(database, productQuery.parse({}))).total;

test("a seed that fails in the middle leaves an empty catalogue to seed again", async () => {
  await expect(seedCatalogue(database, [aProduct(), aProduct({ name: "Same sku" })])).rejects.toThrow(
    "HARBOUR",
  );
  expect(await total()).toBe(0);
});

test("an empty catalogue is seeded once, however many instances start at once, and each product is an event", async () => {
  const seeds = Array.from({ length: 20 }, (_, index) =>
    aProduct({ name: `Seed ${index}`, variants: [{ sku: `SEED-${index}`, priceCents: 100, stock: 1 }] }),
  );
  const counts = await Promise.all([1, 2, 3].map(() => seedCatalogue(database, seeds)));
  expect(counts.sort()).toEqual([0, 0, 20]);
  expect(await total()).toBe(20);
  const events = await database.query(
    "select 1 from events where type = 'ProductAdded' and topic = 'product-events'",
  );
  expect(events.rowCount).toBe(20);
});
