import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Traces } from "@sockshop/contracts/tracing.ts";
import pg from "pg";
import { beforeAll, expect, inject, test } from "vitest";
import { setting } from "../shop-state.ts";
import {
  addProduct,
  address,
  eventually,
  fillCart,
  newShopper,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, stateDir, admin: adminAccount } = inject("shop");
const planted = {
  email: `planted-${randomUUID()}@example.org`,
  name: `Planted Name ${randomUUID()}`,
  street: `Planted Street ${randomUUID()}`,
  password: `planted-password-${randomUUID()}`,
  token: `tok_planted_${randomUUID().replaceAll("-", "")}`,
};
let cookies: string[];
let admin: Shopper;
let began: number;

beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
  began = Date.now();
  const product = await addProduct(admin, { stock: 5 });
  const shopper = newShopper(url);
  const shippingAddress = { ...address, name: planted.name, line1: planted.street };
  // The first with a token that no bank knows, the second with a known one: refused and paid orders go different ways.
  for (const token of [planted.token, "tok_visa"]) {
    const { version } = await fillCart(shopper, skuOf(product));
    const body = { email: planted.email, shippingAddress, payment: { token }, cart: { version } };
    const placed = await shopper.post<{ id: string }>("/api/orders", body, {
      "idempotency-key": randomUUID(),
    });
    expect(placed.status).toBe(202);
    await settled(shopper, placed.body.id);
  }
  await signUp(shopper, planted.email, planted.password);
  await shopper.post("/api/auth/sign-in/email", {
    email: planted.email,
    password: `${planted.password}-wrong`,
  });
  await placeOrder(shopper, { version: 999 });
  cookies = [...shopper.cookies.values()].map((value) => decodeURIComponent(value).slice(0, 24));
}, 120_000);

const secrets = () => ({
  ...planted,
  ...Object.fromEntries(cookies.map((value, index) => [`cookie ${index}`, value])),
});

/** The names of the planted things that stand in a text. */
const foundIn = (text: string): string[] =>
  Object.entries(secrets())
    .filter(([, value]) => text.includes(value))
    .map(([name]) => name);

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

async function rowsOf(connectionString: string, tables?: string[]): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const names =
      tables ??
      (
        await client.query<{ name: string }>(
          "select tablename as name from pg_tables where schemaname = 'public'",
        )
      ).rows.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    const contents: string[] = [];
    for (const name of names) {
      const { rows } = await client.query<{ row: string }>(
        `select t::text as row from ${pg.escapeIdentifier(name)} t`,
      );
      // Binary columns are shown in hexadecimal; what they hold is looked at as text too.
      for (const { row } of rows)
        contents.push(row, Buffer.from(row.replace(/.*\\x([0-9a-f]+).*/s, "$1"), "hex").toString());
    }
    return contents.join("\n");
  } finally {
    await client.end();
  }
}

test("no log holds an e-mail address, a name, a street, a password, a token or a cookie", () => {
  const logs = filesBelow(join(stateDir, "logs"));
  expect(logs.length).toBeGreaterThan(10);
  for (const file of logs) expect([file, foundIn(readFileSync(file, "utf8"))]).toEqual([file, []]);
});

test("no event, in a source or on its way into a consumer, holds any of it", async () => {
  for (const app of ["gateway", "catalog", "cart", "order", "payment", "rating", "monitoring"]) {
    expect([
      app,
      foundIn(await rowsOf(setting(app, "DATABASE_URL"), ["events", "streams", "inbox", "parked"])),
    ]).toEqual([app, []]);
  }
});

test("no workflow's history holds any of it", async () => {
  const file = readFileSync(join(stateDir, "env", "order.sidecar.env"), "utf8");
  const address = /^COMPONENT_WORKFLOW_DATABASE='(.*)'$/m.exec(file)?.[1] ?? "";
  const history = await rowsOf(address);
  expect(history).toContain("checkout");
  expect(foundIn(history)).toEqual([]);
});

test("nothing that Redis ever wrote holds any of it", async () => {
  let written = "";
  // A file that it is just writing may get its last name between two looks.
  await eventually("its files were read", async () => {
    const files = filesBelow(join(stateDir, "redis"));
    written = files.map((file) => readFileSync(file, "latin1")).join("\n");
    return true;
  });
  expect(written).toContain("order-events");
  expect(foundIn(written)).toEqual([]);
});

test("no trace holds any of it", async ({ skip }) => {
  const { body: traces } = await admin.get<Traces>("/api/traces");
  if (!traces.url) return skip(`${traces.missing?.why} ${traces.missing?.whatToDo}`);
  const all = async () => {
    const lookback = Date.now() - began + 60_000;
    const response = await fetch(new URL(`/api/v2/traces?limit=5000&lookback=${lookback}`, traces.url));
    return response.ok ? response.text() : "";
  };
  await eventually(
    "Zipkin has heard of the orders",
    async () => (await all()).includes("post /api/orders"),
    60_000,
  );
  expect(foundIn(await all())).toEqual([]);
});

test("a payment's token is gone from both services once its authorization is settled", async () => {
  for (const app of ["order", "payment"])
    expect([app, (await rowsOf(setting(app, "DATABASE_URL"))).includes(planted.token)]).toEqual([app, false]);
});
