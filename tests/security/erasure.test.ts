import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { beforeAll, expect, inject, test } from "vitest";
import { repository } from "../../scripts/state-folder.ts";
import { inDatabase, setting } from "../shop-state.ts";
import {
  addProduct,
  address,
  eventually,
  fillCart,
  newShopper,
  orderWhen,
  password,
  type Shopper,
  settled,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, stateDir, portOffset, admin: adminAccount } = inject("shop");
const personal = {
  email: `erased-${randomUUID()}@example.org`,
  name: `Erased Name ${randomUUID()}`,
  street: `Erased Street ${randomUUID()}`,
  words: `Erased words ${randomUUID()}`,
};
const apps = ["gateway", "catalog", "cart", "order", "payment", "rating", "logging", "monitoring"];
let customer: Shopper;
let orderId: string;

/** Somebody who bought, received and rated a pair, and has another one in the cart. */
beforeAll(async () => {
  const admin = await signInAdmin(url, adminAccount);
  const product = await addProduct(admin, { stock: 5 });
  customer = newShopper(url);
  await signUp(customer, personal.email);
  const { version } = await fillCart(customer, skuOf(product));
  const shippingAddress = { ...address, name: personal.name, line1: personal.street };
  const placed = await customer.post<{ id: string }>(
    "/api/orders",
    { shippingAddress, payment: { token: "tok_visa" }, cart: { version } },
    { "idempotency-key": randomUUID() },
  );
  orderId = placed.body.id;
  await settled(customer, orderId);
  for (const step of ["ship", "deliver"]) await admin.post(`/api/orders/${orderId}/${step}`);
  await orderWhen(customer, orderId, ({ status }) => status === "delivered");
  const rating = { orderId, productId: product.id, stars: 4, title: "Good", comment: personal.words };
  await eventually(
    "the product may be rated",
    async () => (await customer.post("/api/ratings", rating)).status === 201,
  );
  await fillCart(customer, skuOf(product));
}, 120_000);

const erase = (account: string) =>
  spawnSync(process.execPath, ["scripts/accounts.ts", "erase", account], {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, SOCKSHOP_STATE: stateDir, SOCKSHOP_PORT_OFFSET: String(portOffset) },
  });

/** Where any of it stands in any table of any service, the logs' store among them. */
async function found(): Promise<string[]> {
  const places: string[] = [];
  for (const app of apps) {
    const client = new pg.Client({ connectionString: setting(app, "DATABASE_URL") });
    await client.connect();
    try {
      const tables = await client.query<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = 'public'",
      );
      for (const { name } of tables.rows) {
        const { rowCount } = await client.query(
          `select from ${pg.escapeIdentifier(name)} t where exists (select from unnest($1::text[]) w where strpos(t::text, w) > 0) limit 1`,
          [Object.values(personal)],
        );
        if (rowCount) places.push(`${app}.${name}`);
      }
    } finally {
      await client.end();
    }
  }
  return places;
}

test("an erased account leaves no name, address or word of its owner in any database", async () => {
  expect(await found()).toEqual(["gateway.users", "order.order_details", "rating.rating_texts"]);
  const command = erase(personal.email);
  expect([command.stderr, command.status]).toEqual(["", 0]);
  await eventually("every service blanked what it kept", async () => (await found()).length === 0);
  const [details] = await inDatabase("order", "select * from order_details where order_id = $1", [orderId]);
  expect(details).toMatchObject({ email: "", shipping_address: {}, payment_token: null });
  const [kept] = await inDatabase("order", "select status, payment_status from orders where order_id = $1", [
    orderId,
  ]);
  expect(kept).toEqual({ status: "delivered", payment_status: "captured" });
});

test("it is signed out everywhere and cannot sign in again", async () => {
  expect((await customer.get("/api/auth/get-session")).body).toBeNull();
  const again = await newShopper(url).post("/api/auth/sign-in/email", { email: personal.email, password });
  expect(again.status).toBe(401);
});

test("nobody erases an account from outside, and an unknown address is named as such", async () => {
  const admin = await signInAdmin(url, adminAccount);
  for (const path of ["/api/auth/delete-user", "/internal/operator/accounts/erase"])
    expect([path, (await admin.post(path, { account: adminAccount.email })).status]).toEqual([
      path,
      path.startsWith("/api") ? 404 : 401,
    ]);
  const unknown = erase("nobody@example.org");
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain("An account with this e-mail address was not found.");
});
