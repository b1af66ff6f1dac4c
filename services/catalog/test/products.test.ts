import { productPage, productQuery } from "@sockshop/contracts/catalog.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { changeProduct, changeStock, productStore, retireProduct } from "../src/product-commands.ts";
import { listProducts, type ProductQuery } from "../src/product-search.ts";
import { findProduct } from "../src/products.ts";
import { added } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  ids.harbour = await added(database);
  ids.fjord = await added(database, {
    name: "Fjord Hiker",
    description: "Merino for long walks, warm when wet.",
    brand: "Nordlys",
    category: "Hiking",
    tags: ["wool", "winter"],
    variants: [{ sku: "FJORD-M", options: { colour: "Moss" }, priceCents: 2400, stock: 3 }],
  });
  ids.argyle = await added(database, {
    name: "Clubhouse Argyle",
    description: "For polished shoes.",
    brand: "Quayside",
    category: "Dress",
    tags: ["cotton", "argyle"],
    variants: [{ sku: "ARGYLE-M", options: { colour: "Burgundy" }, priceCents: 1800, stock: 0 }],
  });
  ids.gone = await added(database, {
    name: "Gone Stripe",
    variants: [{ sku: "GONE", priceCents: 100, stock: 5 }],
  });
  await withTransaction(database, (tx) => retireProduct(tx, ids.gone ?? ""));
});
afterAll(() => drop());

const list = (query: Record<string, unknown> = {}) =>
  listProducts(database, productQuery.parse(query) as ProductQuery);
const names = async (query: Record<string, unknown> = {}) =>
  (await list(query)).items.map(({ name }) => name);

test("a list shows active products with their lowest price and what is available", async () => {
  const page = productPage.parse(await list({ sort: "name" }));
  expect(page).toMatchObject({ total: 3, page: 1, pageSize: 24 });
  expect(page.items.map(({ name, priceCents, available }) => [name, priceCents, available])).toEqual([
    ["Clubhouse Argyle", 1800, 0],
    ["Fjord Hiker", 2400, 3],
    ["Harbour Stripe", 1200, 10],
  ]);
  expect(page.items[2]).toMatchObject({
    slug: "harbour-stripe",
    images: ["/api/catalog/images/harbour-stripe.svg"],
    rating: { average: 0, count: 0 },
    variants: [
      { sku: "HARBOUR-M", options: { size: "M", colour: "Navy" }, priceCents: 1200, available: 10 },
      { sku: "HARBOUR-L", available: 0 },
    ],
  });
});

test("each sort orders the list", async () => {
  expect(await names({ sort: "price" })).toEqual(["Harbour Stripe", "Clubhouse Argyle", "Fjord Hiker"]);
  expect(await names({ sort: "-price" })).toEqual(["Fjord Hiker", "Clubhouse Argyle", "Harbour Stripe"]);
  expect(await names({ sort: "newest" })).toEqual(["Clubhouse Argyle", "Fjord Hiker", "Harbour Stripe"]);
  expect(await names({ sort: "rating" })).toHaveLength(3);
});

test("filters narrow the list together", async () => {
  expect(await names({ category: "Hiking" })).toEqual(["Fjord Hiker"]);
  expect(await names({ tag: "cotton", sort: "name" })).toEqual(["Clubhouse Argyle", "Harbour Stripe"]);
  expect(await names({ brand: "Quayside", inStock: "true" })).toEqual(["Harbour Stripe"]);
  expect(await names({ minPrice: "1500", maxPrice: "2000" })).toEqual(["Clubhouse Argyle"]);
  expect(await names({ minPrice: "3000" })).toEqual([]);
});

test("a facet counts what choosing another of its values would show", async () => {
  const { facets, total } = await list({ tag: "cotton", brand: "Quayside" });
  expect(total).toBe(2);
  expect(facets.category).toEqual([
    { value: "Crew", count: 1 },
    { value: "Dress", count: 1 },
  ]);
  expect(facets.tag).toEqual([
    { value: "cotton", count: 2 },
    { value: "argyle", count: 1 },
    { value: "stripes", count: 1 },
  ]);
  expect(facets.brand).toEqual([{ value: "Quayside", count: 2 }]);
  expect((await list()).facets.price).toEqual({ min: 1200, max: 2400 });
  expect((await list({ search: "nothing like it" })).facets).toEqual({
    category: [],
    tag: [],
    brand: [],
    price: { min: 0, max: 0 },
  });
});

test("a search finds words of every field, their beginnings, and what is mistyped", async () => {
  expect(await names({ search: "striped" })).toEqual(["Harbour Stripe"]);
  expect(await names({ search: "meri walk" })).toEqual(["Fjord Hiker"]);
  expect(await names({ search: "burgundy" })).toEqual(["Clubhouse Argyle"]);
  expect(await names({ search: "hikng" })).toEqual(["Fjord Hiker"]);
  expect(await names({ search: "argile clubhose" })).toEqual(["Clubhouse Argyle"]);
  expect(await names({ search: "fjrod" })).toEqual(["Fjord Hiker"]);
  expect(await names({ search: "xylophone" })).toEqual([]);
});

test("whatever is typed into a search is answered", async () => {
  for (const search of [
    "'; drop table products; --",
    "!!!",
    "a & | b:*",
    "the",
    "\\",
    "%_%",
    "👟",
    "x".repeat(200),
    "a ".repeat(100),
  ])
    expect((await list({ search })).total).toBeGreaterThanOrEqual(0);
});

test("pages divide the list, and one beyond its end is empty but knows the total", async () => {
  expect(await names({ sort: "price", pageSize: 2 })).toEqual(["Harbour Stripe", "Clubhouse Argyle"]);
  expect(await names({ sort: "price", pageSize: 2, page: 2 })).toEqual(["Fjord Hiker"]);
  expect(await list({ page: 9 })).toMatchObject({ items: [], total: 3 });
});

test("what sold most is the most popular", async () => {
  const orderId = "0198c7a2-0000-7000-8000-000000000001";
  await withTransaction(database, async (tx) => {
    await productStore.execute(tx, ids.fjord ?? "", {
      type: "ReserveStock",
      orderId,
      lines: [{ sku: "FJORD-M", quantity: 2 }],
    });
    await productStore.execute(tx, ids.fjord ?? "", { type: "CommitStock", orderId });
  });
  expect((await names())[0]).toBe("Fjord Hiker");
});

test("a product is found by id and slug as it is now, retired or not", async () => {
  await withTransaction(database, async (tx) => {
    await changeProduct(tx, ids.harbour ?? "", {
      name: "Harbour Line",
      variants: [{ sku: "HARBOUR-S", priceCents: 900 }],
    });
    await changeStock(tx, "HARBOUR-S", { change: 4, reason: "delivery" });
  });
  const found = await findProduct(database, "harbour-stripe");
  expect(found).toMatchObject({ id: ids.harbour, name: "Harbour Line", priceCents: 900, available: 14 });
  expect(await findProduct(database, ids.gone ?? "")).toMatchObject({ status: "retired" });
  for (const nobody of ["no-such", "\u0000", "a/b", "0198c7a2-0000-7000-8000-000000000009"])
    expect(await findProduct(database, nobody)).toBeUndefined();
});
