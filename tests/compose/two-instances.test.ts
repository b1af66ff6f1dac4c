import { beforeAll, expect, inject, test } from "vitest";
import { allEnd, allOrders, audit } from "../books.ts";
import {
  addProduct,
  available,
  buy,
  eventually,
  newShopper,
  type Shopper,
  signInAdmin,
  skuOf,
} from "../shopper.ts";
import { logOf } from "./containers.ts";

const { url, admin: adminAccount, containers } = inject("shop");
const secondUrl = `http://127.0.0.1:${inject("compose").env.GATEWAY_2_PORT}`;
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

test("80 shoppers at both gateways: each is served once, and both instances of every service took part", async () => {
  if (!containers) throw new Error("this shop is not in containers");
  const product = await addProduct(admin, { stock: 100 });
  const buyers = Array.from({ length: 80 }, (_, index) => newShopper(index % 2 ? url : secondUrl));
  const orders = [];
  for (let next = buyers.splice(0, 8); next.length > 0; next = buyers.splice(0, 8))
    orders.push(...(await Promise.all(next.map((shopper) => buy(shopper, skuOf(product))))));
  expect(orders.map(({ status }) => status)).toEqual(orders.map(() => "confirmed"));
  await eventually("the stock agrees", async () => (await available(admin, product)) === 20);
  for (const app of ["gateway", "catalog", "cart", "order", "payment"])
    for (const instance of [app, `${app}-2`])
      expect([instance, logOf(containers, instance)]).toEqual([
        instance,
        expect.stringContaining('"msg":"request"'),
      ]);
}, 300_000);

test("no order of all that these tests placed has an effect twice, or one that the others know nothing of", async () => {
  const placed = await allOrders();
  await allEnd(placed, 60_000);
  await audit(placed);
}, 90_000);
