import { maxLines } from "@sockshop/contracts/cart.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { rebuildConsumer, rebuildProjection } from "@sockshop/platform/read-models.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually, testDatabase } from "../../platform/test/postgres.ts";
import type { CartCommand } from "../src/cart.ts";
import { carts, cartsProjection, currentOwner, readCart } from "../src/carts.ts";
import { holdPrices, priceOf, repriceSome, repricing } from "../src/prices.ts";
import { productCopies } from "../src/products.ts";
import { productFacts, told } from "./told.ts";

let database: Database;
let drop: () => Promise<void>;
let shop: ReturnType<typeof told>;
const productId = newId();
beforeEach(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  shop = told(database);
  await shop.begin();
  await shop.tell(
    "product-events",
    "ProductAdded",
    productId,
    productFacts([
      { sku: "A", priceCents: 1000, available: 20 },
      { sku: "B", priceCents: 2000, available: 3 },
    ]),
  );
});
afterEach(() => drop());

const run = (ownerId: string, command: CartCommand) =>
  withTransaction(database, (tx) => carts.execute(tx, ownerId, command));
const add = (ownerId: string, sku: string, quantity = 1, unitPriceCents = sku === "A" ? 1000 : 2000) =>
  run(ownerId, { type: "AddItem", sku, productId, quantity, unitPriceCents });
const shown = async (ownerId: string) =>
  (await readCart(database, ownerId)).items.map(({ sku, quantity }) => [sku, quantity]);
const confirm = (cartOwnerId: string, lines: [string, number][], orderId = newId()) =>
  shop.tell("order-events", "OrderConfirmed", orderId, {
    customerId: cartOwnerId,
    cartOwnerId,
    lines: lines.map(([sku, quantity]) => ({
      sku,
      productId,
      name: "Sock",
      options: {},
      quantity,
      unitPriceCents: 1000,
    })),
  });
const join = (guestId: string, accountId: string) =>
  shop.tell("account-events", "GuestJoined", guestId, { guestId, accountId });

/** Everything readers can see, and the state that decisions are made on. */
const everything = async () => {
  const ordered = [
    "select * from carts order by owner_id",
    "select * from cart_lines order by owner_id, place",
    "select * from product_copies order by sku",
    "select * from prices order by sku",
    "select subject, version, state from streams order by subject",
  ];
  const tables: unknown[] = [];
  for (const query of ordered) tables.push((await database.query(query)).rows);
  return tables;
};

test("a cart that nobody wrote to is empty at version 0, and looking at it writes nothing", async () => {
  expect(await readCart(database, newId())).toEqual({
    version: 0,
    currency: "USD",
    items: [],
    notices: [],
    subtotalCents: 0,
    shippingCents: 0,
    totalCents: 0,
  });
  expect((await database.query("select 1 from streams union all select 1 from carts")).rowCount).toBe(0);
});

test("the cart shows names, sums, shipping and stock from its own tables", async () => {
  const owner = newId();
  await add(owner, "A", 2);
  const cart = await readCart(database, owner);
  expect(cart).toMatchObject({ version: 1, subtotalCents: 2000, shippingCents: 499, totalCents: 2499 });
  expect(cart.items).toEqual([
    {
      sku: "A",
      productId,
      slug: "sock",
      name: "Sock",
      image: "/images/sock.svg",
      options: { size: "M" },
      quantity: 2,
      unitPriceCents: 1000,
      lineTotalCents: 2000,
      available: 20,
      notices: [],
    },
  ]);
  await run(owner, { type: "SetQuantity", sku: "A", quantity: 5 });
  expect(await readCart(database, owner)).toMatchObject({ shippingCents: 0, totalCents: 5000 });
});

test("stock and names move without a new version; a retired product says so", async () => {
  const owner = newId();
  await add(owner, "A", 2);
  const orderId = newId();
  await shop.tell("product-events", "StockReserved", productId, {
    sku: "A",
    quantity: 19,
    available: 1,
    orderId,
  });
  const facts = productFacts([{ sku: "A", priceCents: 1000, available: 1 }], "Better sock");
  await shop.tell("product-events", "ProductChanged", productId, facts);
  const cart = await readCart(database, owner);
  expect(cart.version).toBe(1);
  expect(cart.items[0]).toMatchObject({
    name: "Better sock",
    available: 1,
    notices: [{ type: "out-of-stock" }],
  });
  await shop.tell("product-events", "ProductRetired", productId, {});
  expect((await readCart(database, owner)).items[0]).toMatchObject({
    available: 0,
    notices: [{ type: "retired" }],
  });
});

test("a new price reaches every cart that holds the variant, with a notice that the next write takes away", async () => {
  const [one, other] = [newId(), newId()];
  await add(one, "A", 2);
  await add(other, "B");
  const facts = productFacts([{ sku: "A", priceCents: 1500, available: 20 }]);
  await shop.tell("product-events", "ProductChanged", productId, facts);
  const repriced = await readCart(database, one);
  expect(repriced).toMatchObject({ version: 2, subtotalCents: 3000 });
  expect(repriced.items[0]?.notices).toEqual([
    { type: "price-changed", message: "The price rose from 10.00 to 15.00." },
  ]);
  expect((await readCart(database, other)).version).toBe(1);
  await run(one, { type: "SetQuantity", sku: "A", quantity: 3 });
  expect((await readCart(database, one)).items[0]?.notices).toEqual([]);
});

test("a line that is added while its price changes ends at the new price", async () => {
  const owner = newId();
  const adding = await database.connect();
  await adding.query("begin");
  await holdPrices(adding);
  const product = { sku: "A", priceCents: 1000 } as Parameters<typeof priceOf>[1];
  const unitPriceCents = await priceOf(adding, product);
  const changing = shop.tell(
    "product-events",
    "ProductChanged",
    productId,
    productFacts([{ sku: "A", priceCents: 1500, available: 20 }]),
  );
  const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  await eventually("the new price waits", async () => Boolean((await database.query(waiting)).rowCount));
  await carts.execute(adding, owner, { type: "AddItem", sku: "A", productId, quantity: 1, unitPriceCents });
  await adding.query("commit");
  adding.release();
  await changing;
  expect((await readCart(database, owner)).items[0]?.unitPriceCents).toBe(1500);
});

test("a confirmed order takes what was ordered and leaves what came since", async () => {
  const owner = newId();
  await add(owner, "A", 2);
  await add(owner, "B");
  await add(owner, "A", 3);
  await confirm(owner, [
    ["A", 2],
    ["B", 1],
  ]);
  expect(await shown(owner)).toEqual([["A", 3]]);
});

test("a guest's cart joins the account's at sign-in, and a later event for the guest's cart reaches the account's", async () => {
  const [guest, account] = [newId(), newId()];
  await add(guest, "A", 4);
  await add(guest, "B");
  await add(account, "A", 1);
  await join(guest, account);
  expect(await shown(account)).toEqual([
    ["A", 5],
    ["B", 1],
  ]);
  expect(await shown(guest)).toEqual([]);
  expect(await currentOwner(database, guest)).toBe(account);
  await confirm(guest, [["A", 4]]);
  expect(await shown(account)).toEqual([
    ["A", 1],
    ["B", 1],
  ]);
  await expect(add(guest, "A")).rejects.toThrow("joined to your account");
});

test("a guest's confirmed order may come before the sign-in is heard of", async () => {
  const [guest, account] = [newId(), newId()];
  await add(guest, "A", 4);
  await confirm(guest, [["A", 4]]);
  await join(guest, account);
  expect(await shown(account)).toEqual([]);
  expect((await readCart(database, account)).version).toBe(0);
  expect(await currentOwner(database, guest)).toBe(account);
});

test("a guest who never had a cart leaves a pointer too, and a circle of pointers is never made", async () => {
  const [guest, account] = [newId(), newId()];
  await join(guest, account);
  await join(account, guest);
  expect(await currentOwner(database, guest)).toBe(account);
  expect(await currentOwner(database, account)).toBe(account);
});

test("a guest who is gone leaves no lines behind, and one who never had a cart no trace", async () => {
  const [guest, visitor] = [newId(), newId()];
  await add(guest, "A", 4);
  for (const guestId of [guest, visitor])
    await shop.tell("account-events", "GuestExpired", guestId, { guestId });
  expect((await readCart(database, guest)).items).toEqual([]);
  expect((await database.query("select 1 from cart_lines")).rowCount).toBe(0);
  expect((await database.query("select 1 from streams where subject = $1", [visitor])).rowCount).toBe(0);
});

test("an account's full cart tells what of the guest's it had no room for, until the next write", async () => {
  const [guest, account] = [newId(), newId()];
  for (let nr = 0; nr < maxLines; nr++) await add(account, `S-${nr}`, 1, 100);
  await add(guest, "A");
  await add(guest, "S-1", 1, 100);
  await join(guest, account);
  const joined = await readCart(database, account);
  expect(joined.items).toHaveLength(maxLines);
  expect(joined.notices).toEqual([
    { type: "lines-left-out", message: expect.stringMatching(/no room for: Sock\.$/) },
  ]);
  await run(account, { type: "SetQuantity", sku: "S-1", quantity: 5 });
  expect((await readCart(database, account)).notices).toEqual([]);
});

test("a new price reaches many carts some at a time, while their owners write to them", async () => {
  const owners = Array.from({ length: 25 }, newId);
  for (const owner of owners) await add(owner, "A");
  const facts = productFacts([{ sku: "A", priceCents: 1500, available: 20 }]);
  await shop.apply("product-events", "ProductChanged", productId, facts);
  const prices = async () =>
    (await Promise.all(owners.map((owner) => readCart(database, owner)))).map(
      ({ items }) => items[0]?.unitPriceCents,
    );
  expect(await repriceSome(database, 10)).toBe(true);
  expect((await prices()).filter((price) => price === 1500)).toHaveLength(10);
  const [first] = owners;
  const worker = async () => {
    while (await repriceSome(database, 10));
  };
  await Promise.all([worker(), worker(), run(first ?? "", { type: "RemoveItem", sku: "A" })]);
  expect(new Set(await prices())).toEqual(new Set([undefined, 1500]));
  expect((await database.query("select 1 from repricings")).rowCount).toBe(0);
});

test("an erased account's cart is empty, and its version still rises", async () => {
  const owner = newId();
  await add(owner, "A");
  await shop.tell("account-events", "AccountErased", owner, { accountId: owner });
  expect(await readCart(database, owner)).toMatchObject({ version: 2, items: [] });
});

async function busyShop(): Promise<void> {
  const [guest, account, other] = [newId(), newId(), newId()];
  await add(guest, "A", 60);
  await add(account, "A", 60);
  await add(account, "B", 2);
  await add(other, "B", 9);
  await join(guest, account);
  await confirm(guest, [["A", 60]]);
  await confirm(other, [["B", 4]]);
  const facts = productFacts([
    { sku: "B", priceCents: 2500, available: 3 },
    { sku: "A", priceCents: 1000, available: 20 },
  ]);
  await shop.tell("product-events", "ProductChanged", productId, facts);
  await shop.tell("product-events", "StockReceived", productId, {
    sku: "A",
    change: 1,
    reason: "x",
    available: 21,
  });
  await run(other, { type: "SetQuantity", sku: "B", quantity: 1 });
  await run(account, { type: "RemoveItem", sku: "A" });
}

test("events that come three times and in any order change nothing", async () => {
  await busyShop();
  const before = await everything();
  await shop.repeat((all) => [...all, ...all, ...all].reverse());
  await shop.repeat((all) => [...all].sort(() => Math.random() - 0.5));
  expect(await everything()).toEqual(before);
});

test("even a repeat that the checkpoints did not hold back takes nothing out of a cart twice", async () => {
  await busyShop();
  const before = await everything();
  await database.query(
    "update checkpoints set position = 0 where topic in ('order-events', 'account-events')",
  );
  await shop.repeat((all) => all);
  expect(await everything()).toEqual(before);
});

test("both read models are rebuilt from events to the rows they had", async () => {
  await busyShop();
  const before = await everything();
  await rebuildProjection(database, { stream: "cart", projection: cartsProjection as unknown as Projection });
  await rebuildConsumer({ database, sidecar: shop.sidecar }, productCopies);
  expect(repricing.tables).toBeUndefined();
  expect(await everything()).toEqual(before);
});

test("the read model says the version and lines of the aggregate after any commands", async () => {
  await busyShop();
  const { rows } = await database.query<{ subject: string }>(
    "select subject from streams where stream = 'cart'",
  );
  for (const { subject } of rows) {
    const state = await carts.load(database, subject);
    const cart = await readCart(database, subject);
    expect(cart.version).toBe(state.version);
    expect(
      cart.items.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
    ).toEqual(state.lines.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })));
  }
});

test("twenty writes to one cart at once are all in it", async () => {
  const owner = newId();
  await Promise.all(Array.from({ length: 20 }, (_, index) => add(owner, index % 2 ? "A" : "B")));
  expect((await readCart(database, owner)).version).toBe(20);
  expect(new Map((await shown(owner)) as [string, number][])).toEqual(
    new Map([
      ["A", 10],
      ["B", 10],
    ]),
  );
});
