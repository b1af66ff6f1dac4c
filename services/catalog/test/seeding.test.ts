import { productQuery } from "@sockshop/contracts/catalog.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { seedProducts } from "../seed/products.ts";
import { drawProduct } from "../src/drawing.ts";
import { listProducts } from "../src/product-search.ts";
import { findDrawn } from "../src/products.ts";
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
  const counts = await Promise.all([1, 2, 3].map(() => seedCatalogue(database, seedProducts)));
  expect(counts.sort((a, b) => a - b)).toEqual([0, 0, seedProducts.length]);
  expect(await total()).toBe(seedProducts.length);
  const events = await database.query(
    "select 1 from events where type = 'ProductAdded' and topic = 'product-events'",
  );
  expect(events.rowCount).toBe(seedProducts.length);
});

test("the first page of a new shop shows every category", async () => {
  const page = await listProducts(database, productQuery.parse({}));
  const shown = new Set(page.items.map(({ category }) => category));
  expect(shown.size).toBe(page.facets.category.length);
});

test("every seeded product has its drawing, in each of its colours", async () => {
  for (const { slug } of seedProducts) {
    const product = await findDrawn(database, slug);
    if (!product) throw new Error(`${slug} was not seeded`);
    const colours = new Set(product.variants.map(({ options }) => options.colour));
    const pictures = new Set([...colours].map((colour) => drawProduct(product, colour).svg));
    expect([slug, pictures.size]).toEqual([slug, colours.size]);
  }
});
