import type { Product } from "@sockshop/contracts/catalog.ts";
import { productPage } from "@sockshop/contracts/catalog.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { addProduct, newShopper, type ProblemBody, type Shopper, signInAdmin, skuOf } from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
let admin: Shopper;
const guest = newShopper(url);
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});
const list = async (query: string) =>
  productPage.parse((await guest.get(`/api/catalog/products?${query}`)).body);

test("the product list travels from the gateway through two sidecars to the catalogue and back", async () => {
  const answer = await guest.get("/api/catalog/products?pageSize=12");
  expect(answer.status).toBe(200);
  const page = productPage.parse(answer.body);
  expect(page.items).toHaveLength(12);
  expect(page.total).toBeGreaterThanOrEqual(96);
  expect(page.facets.category.length).toBeGreaterThan(3);
});

test("lists are filtered, sorted and paged", async () => {
  const cheap = await list("sort=price&maxPrice=1500&inStock=true&pageSize=50");
  const prices = cheap.items.map((item) => item.priceCents);
  expect(prices).toEqual([...prices].sort((a, b) => a - b));
  expect(cheap.items.every((item) => item.priceCents <= 1500 && item.available > 0)).toBe(true);
  const [first, second] = [
    await list("sort=name&pageSize=10&page=1"),
    await list("sort=name&pageSize=10&page=2"),
  ];
  expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(20);
});

test("a search finds a product by its name although a letter is wrong", async () => {
  const product = (await list("pageSize=1&sort=newest")).items[0] as Product;
  const word = product.name.split(" ").sort((a, b) => b.length - a.length)[0] ?? "";
  const mistyped = `${word.slice(0, 2)}${word.slice(3)}`;
  expect(
    (await list(`search=${encodeURIComponent(word)}&pageSize=100`)).items.map((item) => item.id),
  ).toContain(product.id);
  if (word.length >= 7)
    expect(
      (await list(`search=${encodeURIComponent(mistyped)}&pageSize=100`)).items.map((item) => item.id),
    ).toContain(product.id);
});

test("a product is found by slug and by id, and its drawing is an SVG", async () => {
  const product = (await list("pageSize=1")).items[0] as Product;
  expect((await guest.get<Product>(`/api/catalog/products/${product.slug}`)).body.id).toBe(product.id);
  expect((await guest.get<Product>(`/api/catalog/products/${product.id}`)).body.slug).toBe(product.slug);
  const image = await guest.get<string>(product.images[0] ?? "");
  expect(image.headers.get("content-type")).toContain("image/svg+xml");
  expect(image.body).toContain("<svg");
});

test("an administrator adds a product, changes it, receives stock and retires it", async () => {
  const product = await addProduct(admin, { stock: 3 });
  const sku = skuOf(product);
  const stocked = await admin.post<{ available: number }>(`/api/catalog/variants/${sku}/stock`, {
    change: 4,
    reason: "delivery",
  });
  expect([stocked.status, stocked.body.available]).toEqual([200, 7]);
  expect(
    (await admin.post(`/api/catalog/variants/${sku}/stock`, { change: -8, reason: "lost" })).status,
  ).toBe(409);
  const changed = await admin.send<Product>("PATCH", `/api/catalog/products/${product.id}`, {
    variants: [{ sku, priceCents: 1999 }],
  });
  expect([changed.status, changed.body.priceCents]).toEqual([200, 1999]);
  expect((await admin.send("DELETE", `/api/catalog/products/${product.id}`)).status).toBe(204);
  expect((await guest.get(`/api/catalog/products/${product.id}`)).status).toBe(404);
});

test("a CSV import lands its good lines and names its bad ones", async () => {
  const slug = `csv-${Date.now()}`;
  const csv = `slug,name,category,sku,size,priceCents,stock\n${slug},Imported sock,Tests,${slug}-M,M,900,5\n${slug}-2,,Tests,${slug}-2-M,M,zero,5\n`;
  const answer = await admin.send<{ added: number; errors: { line: number }[] }>(
    "POST",
    "/api/catalog/import",
    csv,
    { "content-type": "text/csv" },
  );
  expect(answer.status).toBe(200);
  expect(answer.body.added).toBe(1);
  expect(answer.body.errors.map((error) => error.line)).toEqual([3]);
  expect((await guest.get<Product>(`/api/catalog/products/${slug}`)).body.priceCents).toBe(900);
});

test("odd input is answered with a problem document and never with a fault", async () => {
  const paths = [
    "/api/catalog/products?page=0",
    "/api/catalog/products?sort=colour",
    "/api/catalog/products?search=%00",
    "/api/catalog/products/%00",
    "/api/catalog/products/..%2F..%2Finternal",
    "/api/catalog/products?minPrice=1e99",
    "/api/nowhere",
    "/api/catalog/products/%E0%A4%A",
  ];
  for (const path of paths) {
    const { status, headers, body } = await guest.get<ProblemBody>(path);
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    expect(headers.get("content-type")).toContain("application/problem+json");
    expect(body.type).toBeTruthy();
  }
});
