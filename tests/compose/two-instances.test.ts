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

test("80 shoppers at both gateways: each is served once, and the instances of a service share the work", async () => {
  if (!containers) throw new Error("this shop is not in containers");
  const begun = new Date();
  const product = await addProduct(admin, { stock: 100 });
  const buyers = Array.from({ length: 80 }, (_, index) => newShopper(index % 2 ? url : secondUrl));
  const orders = [];
  for (let next = buyers.splice(0, 8); next.length > 0; next = buyers.splice(0, 8))
    orders.push(...(await Promise.all(next.map((shopper) => buy(shopper, skuOf(product))))));
  expect(orders.map(({ status }) => status)).toEqual(orders.map(() => "confirmed"));
  await eventually("the stock agrees", async () => (await available(admin, product)) === 20);
  const served = (instance: string) =>
    logOf(containers, instance, begun)
      .split("\n")
      .filter((line) => line.includes('"msg":"request"') && !line.includes('"path":"/internal/events"'))
      .length;
  // Customers come to the gateways in turn, and sidecars send to the two behind a name in turn.
  for (const app of ["gateway", "catalog", "cart", "order", "payment"]) {
    const [first, second] = [served(app), served(`${app}-2`)];
    expect(Math.min(first, second), `${app} served ${first}, ${app}-2 ${second}`).toBeGreaterThan(
      (first + second) / 4,
    );
  }
}, 600_000);

test("no order of all that these tests placed has an effect twice, or one that the others know nothing of", async () => {
  const placed = await allOrders();
  await allEnd(placed, 60_000);
  await audit(placed);
}, 90_000);
