import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, audit } from "../books.ts";
import {
  addProduct,
  atOnce,
  fillCart,
  newShopper,
  placeOrder,
  type Shopper,
  signInAdmin,
  skuOf,
} from "../shopper.ts";
import { generationsOf } from "./orders.ts";

const { url, admin: account } = inject("shop");
const buyers = 500;
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, account);
});

test(`${buyers} checkouts at once: every order is taken and ends, and no workflow had to be begun anew`, async () => {
  const products = await Promise.all(Array.from({ length: 10 }, () => addProduct(admin, { stock: buyers })));
  const waiting: { shopper: Shopper; version: number }[] = [];
  await atOnce(16, buyers, async (nr) => {
    const shopper = newShopper(url);
    const product = products[nr % products.length];
    if (product) waiting.push({ shopper, version: (await fillCart(shopper, skuOf(product))).version });
  });
  const placed = await Promise.all(waiting.map(({ shopper, version }) => placeOrder(shopper, { version })));
  expect(placed.filter(({ status }) => status !== 202).map(({ status, body }) => [status, body])).toEqual([]);
  const ids = placed.map(({ body }) => body.id);
  await allEnd(ids, 300_000);
  expect(await audit(ids)).toEqual({ confirmed: buyers });
  expect(await generationsOf(ids)).toEqual([1]);
}, 480_000);
