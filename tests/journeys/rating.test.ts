import type { Product } from "@sockshop/contracts/catalog.ts";
import { productPage } from "@sockshop/contracts/catalog.ts";
import {
  type ModeratedRating,
  type OwnRatings,
  ownRating,
  type ProductRatingPage,
  productRatingPage,
} from "@sockshop/contracts/rating.ts";
import { beforeAll, expect, inject, test } from "vitest";
import {
  addProduct,
  buy,
  eventually,
  newShopper,
  type ProblemBody,
  receive,
  type Shopper,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

const mine = async (shopper: Shopper, query = "") =>
  (await shopper.get<OwnRatings>(`/api/ratings/mine?${query}`)).body;
const rate = (shopper: Shopper, orderId: string, product: Product, more: object = {}) =>
  shopper.post("/api/ratings", {
    orderId,
    productId: product.id,
    stars: 5,
    title: "Warm",
    comment: "And soft.",
    ...more,
  });
const page = async (product: Product, query = "") => {
  const answer = await newShopper(url).get<ProductRatingPage>(`/api/ratings/products/${product.id}?${query}`);
  expect(answer.status).toBe(200);
  return productRatingPage.parse(answer.body);
};
const inCatalogue = async (product: Product) =>
  (await newShopper(url).get<Product>(`/api/catalog/products/${product.id}`)).body.rating;
const becomes = (product: Product, rating: Product["rating"]) =>
  eventually(
    `the catalogue shows ${JSON.stringify(rating)}`,
    async () => JSON.stringify(await inCatalogue(product)) === JSON.stringify(rating),
  );

test("a delivered order is rated; the average shows at the product and orders the list", async () => {
  const [worse, better] = [await addProduct(admin, { stock: 9 }), await addProduct(admin, { stock: 9 })];
  const [one, other] = [newShopper(url), newShopper(url)];
  await signUp(one);
  await signUp(other);
  const made = await rate(one, await receive(one, admin, worse), worse, { stars: 3 });
  expect(made.status).toBe(201);
  expect(ownRating.parse(made.body)).toMatchObject({ status: "approved", author: "Ada Byron", stars: 3 });
  await rate(other, await receive(other, admin, worse), worse, { stars: 4 });
  await rate(one, await receive(one, admin, better), better, { stars: 5 });
  expect((await page(worse)).summary).toMatchObject({ average: 3.5, count: 2, histogram: { 3: 1, 4: 1 } });
  await becomes(worse, { average: 3.5, count: 2 });
  await becomes(better, { average: 5, count: 1 });
  const sorted = productPage.parse(
    (await one.get("/api/catalog/products?category=Tests&sort=rating&pageSize=100")).body,
  );
  const order = sorted.items.map(({ id }) => id);
  expect(order.indexOf(better.id)).toBeLessThan(order.indexOf(worse.id));
});

test("who did not buy, and whose order has not come, is refused; nobody rates twice", async () => {
  const product = await addProduct(admin, { stock: 9 });
  const [buyer, stranger] = [newShopper(url), newShopper(url)];
  const waiting = await buy(buyer, skuOf(product));
  const early = await rate(buyer, waiting.id, product);
  const orderId = await receive(buyer, admin, product);
  const foreign = await rate(stranger, orderId, product);
  for (const { status, body } of [early, foreign])
    expect([status, (body as ProblemBody).type]).toEqual([403, "urn:sockshop:problem:not-received"]);
  expect((await rate(buyer, orderId, product)).status).toBe(201);
  const again = await rate(buyer, orderId, product);
  expect([again.status, (again.body as ProblemBody).type]).toEqual([
    409,
    "urn:sockshop:problem:already-rated",
  ]);
  const [own] = (await mine(buyer)).items;
  const edit = { stars: 1, title: "", comment: "" };
  expect((await stranger.send("PUT", `/api/ratings/${own?.id}`, edit)).status).toBe(404);
});

test("a rating with a link counts only after a moderator has read it", async () => {
  const product = await addProduct(admin, { stock: 9 });
  const shopper = newShopper(url);
  const held = await rate(shopper, await receive(shopper, admin, product), product, {
    comment: "see https://socks.example",
  });
  const { id, status } = ownRating.parse(held.body);
  expect(status).toBe("pending");
  expect((await page(product)).total).toBe(0);
  const queue = await admin.get<{ items: ModeratedRating[] }>("/api/ratings?status=pending&pageSize=100");
  const waiting = queue.body.items.find((rating) => rating.id === id);
  expect(waiting?.flags).toEqual(["link"]);
  expect((await shopper.post(`/api/ratings/${id}/approve`)).status).toBe(401);
  const approved = await admin.post(`/api/ratings/${id}/approve`, { revision: waiting?.revision });
  expect(approved.status).toBe(200);
  expect((await page(product)).summary).toMatchObject({ average: 5, count: 1 });
  await becomes(product, { average: 5, count: 1 });
  expect((await admin.post(`/api/ratings/${id}/reject`, { reason: "Advertises." })).status).toBe(200);
  await becomes(product, { average: 0, count: 0 });
});

test("what a guest received and rated is the account's after signing up, and others find it helpful", async () => {
  const product = await addProduct(admin, { stock: 9 });
  const shopper = newShopper(url);
  const orderId = await receive(shopper, admin, product);
  const { id } = ownRating.parse((await rate(shopper, orderId, product)).body);
  await signUp(shopper);
  await eventually("the account has the guest's rating", async () =>
    (await mine(shopper)).items.some((rating) => rating.id === id),
  );
  expect((await shopper.post(`/api/ratings/${id}/helpful`)).status).toBe(403);
  const reader = newShopper(url);
  expect((await reader.post(`/api/ratings/${id}/helpful`)).status).toBe(401);
  await signUp(reader);
  for (let time = 0; time < 2; time++)
    expect((await reader.post(`/api/ratings/${id}/helpful`)).body).toEqual({ helpful: 1, voted: true });
  expect((await page(product, "sort=helpful")).items).toMatchObject([{ id, helpful: 1 }]);
  expect((await mine(reader, `productId=${product.id}`)).votes).toEqual([id]);
});
