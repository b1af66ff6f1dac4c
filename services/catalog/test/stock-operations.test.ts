import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { changeProduct, changeStock, productStore, retireProduct } from "../src/product-commands.ts";
import { available, variantOf } from "../src/product-state.ts";
import {
  commitStock,
  expireReservations,
  releaseStock,
  reserveStock,
  returnStock,
} from "../src/stock-operations.ts";
import { added } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());

let made = 0;
/** A product with one variant at 1000 cents. */
const stocked = async (stock: number) => {
  const sku = `SOCK-${++made}`;
  return {
    sku,
    productId: await added(database, { name: sku, variants: [{ sku, priceCents: 1000, stock }] }),
  };
};
type Sock = Awaited<ReturnType<typeof stocked>>;
const line = (sock: Sock, quantity: number, seenPriceCents = 1000) => ({ ...sock, quantity, seenPriceCents });
const reserve = (
  orderId: string,
  lines: ReturnType<typeof line>[],
  more: { generation?: number; minutes?: number } = {},
) => reserveStock(database, { orderId, generation: more.generation ?? 1, lines }, more.minutes ?? 15);
const commit = (orderId: string, generation = 1) => commitStock(database, { orderId, generation });
const release = (orderId: string, generation = 1) => releaseStock(database, { orderId, generation });
const giveBack = (orderId: string, generation = 1) => returnStock(database, { orderId, generation });
const stockOf = async ({ productId, sku }: Sock) => {
  const variant = variantOf(await productStore.load(database, productId), sku);
  if (!variant) throw new Error(`${sku} is not there`);
  return { onHand: variant.onHand, available: available(variant), orders: Object.keys(variant.reserved) };
};

test("two hundred buyers of ten units get exactly ten, though some ask for one variant in two lines", async () => {
  const sock = await stocked(10);
  const buyers = Array.from({ length: 200 }, (_, index) => ({
    orderId: newId(),
    lines: index % 4 === 0 ? 2 : 1,
  }));
  const outcomes = await Promise.all(
    buyers.map(({ orderId, lines }) =>
      reserve(
        orderId,
        Array.from({ length: lines }, () => line(sock, 1)),
      ),
    ),
  );
  const winners = buyers.filter((_, index) => outcomes[index]?.status === "done");
  expect(winners.reduce((sum, { lines }) => sum + lines, 0)).toBe(10);
  expect(new Set(outcomes.map(({ status, reason }) => reason ?? status))).toEqual(
    new Set(["done", "out-of-stock"]),
  );
  const commits = await Promise.all(buyers.map(({ orderId }) => commit(orderId)));
  expect(commits.filter(({ status }) => status === "done")).toHaveLength(winners.length);
  expect(await stockOf(sock)).toEqual({ onHand: 0, available: 0, orders: [] });
});

test("orders that name the same products in opposite order wait for each other and all succeed", async () => {
  const [a, b] = [await stocked(100), await stocked(100)];
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      reserve(newId(), index % 2 ? [line(a, 1), line(b, 1)] : [line(b, 1), line(a, 1)]),
    ),
  );
  expect(outcomes.every(({ status }) => status === "done")).toBe(true);
  expect([await stockOf(a), await stockOf(b)]).toMatchObject([{ available: 40 }, { available: 40 }]);
});

test("a line that cannot be had takes the whole order with it, and the refusal stands", async () => {
  const [plenty, scarce, retired] = [await stocked(10), await stocked(1), await stocked(5)];
  await withTransaction(database, (tx) => retireProduct(tx, retired.productId));
  const stranger = { sku: "NOBODYS", productId: newId() };
  const orderId = newId();
  const outcome = await reserve(orderId, [
    line(plenty, 1),
    line(scarce, 2),
    line(retired, 1),
    line(stranger, 1),
  ]);
  expect({ ...outcome, skus: outcome.skus?.sort() }).toEqual({
    status: "refused",
    reason: "out-of-stock",
    skus: ["NOBODYS", retired.sku, scarce.sku].sort(),
  });
  expect(await stockOf(plenty)).toEqual({ onHand: 10, available: 10, orders: [] });
  await withTransaction(database, (tx) => changeStock(tx, scarce.sku, { change: 10, reason: "delivery" }));
  expect(await reserve(orderId, [line(scarce, 2)])).toMatchObject({
    status: "refused",
    reason: "out-of-stock",
  });
  expect(await commit(orderId)).toMatchObject({ status: "refused", reason: "out-of-stock" });
  expect(await release(orderId)).toEqual({ status: "done" });
  expect(await productStore.load(database, stranger.productId)).toEqual({ status: "none" });
  const streams = await database.query("select 1 from streams where subject = $1", [stranger.productId]);
  expect(streams.rowCount).toBe(0);
});

test("a price that is not the one that was seen is told with the new one, and nothing is held", async () => {
  const sock = await stocked(10);
  await withTransaction(database, (tx) =>
    changeProduct(tx, sock.productId, { variants: [{ sku: sock.sku, priceCents: 1250 }] }),
  );
  expect(await reserve(newId(), [line(sock, 1), line(sock, 1, 1250)])).toEqual({
    status: "refused",
    reason: "price-changed",
    priceChanges: [{ sku: sock.sku, seenCents: 1000, nowCents: 1250 }],
  });
  expect(await stockOf(sock)).toMatchObject({ available: 10 });
});

test("whatever order the operations and their repeats arrive in, they answer alike and no unit leaks", async () => {
  const sock = await stocked(1_000_000);
  const steps = ["reserve", "commit", "release", "return"] as const;
  const run = {
    reserve: (orderId: string) => reserve(orderId, [line(sock, 1), line(sock, 2)]),
    commit,
    release,
    return: giveBack,
  };
  let sold = 0;
  const follow = async (arrivals: (typeof steps)[number][]) => {
    const orderId = newId();
    // The rules of the checkout, said once more in the plainest way.
    const is = { reserve: "" as "" | "done" | "undone", commit: "" as "" | "done" | "undone", held: 0 };
    const expected = {
      reserve: () => {
        if (!is.reserve) Object.assign(is, { reserve: "done", held: 3 });
        return is.reserve;
      },
      commit: () => {
        if (is.commit) return is.commit;
        if (is.reserve === "done") Object.assign(is, { commit: "done", held: 0 });
        return is.reserve || "nothing-reserved";
      },
      release: () => {
        Object.assign(is, { reserve: "undone", held: 0 });
        return "done";
      },
      return: () => {
        Object.assign(is, { commit: "undone", reserve: "undone", held: 0 });
        return "done";
      },
    };
    for (const step of arrivals) {
      const answer = await run[step](orderId).then(
        ({ status }) => status,
        (error: Error) => (error.message.startsWith("Reserve") ? "nothing-reserved" : error.message),
      );
      expect([arrivals, step, answer]).toEqual([arrivals, step, expected[step]()]);
      const variant = variantOf(await productStore.load(database, sock.productId), sock.sku);
      expect([arrivals, step, variant?.reserved[orderId] ?? 0]).toEqual([arrivals, step, is.held]);
    }
    sold += is.commit === "done" ? 3 : 0;
  };
  const sequences = steps.flatMap((a) =>
    steps.flatMap((b) => steps.flatMap((c) => steps.map((d) => [a, b, c, d]))),
  );
  for (let from = 0; from < sequences.length; from += 16)
    await Promise.all(sequences.slice(from, from + 16).map(follow));
  const { onHand, orders, available: left } = await stockOf(sock);
  expect(onHand).toBe(1_000_000 - sold);
  expect(left).toBe(onHand - 3 * orders.length);
});

test("operations that arrive at once end as if they had come one after the other", async () => {
  const sock = await stocked(1_000);
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const orderId = newId();
      await reserve(orderId, [line(sock, 2)]);
      await Promise.all([
        commit(orderId),
        release(orderId),
        giveBack(orderId),
        reserve(orderId, [line(sock, 2)]),
      ]);
      expect(await commit(orderId)).toEqual({ status: "undone" });
    }),
  );
  expect(await stockOf(sock)).toEqual({ onHand: 1_000, available: 1_000, orders: [] });
});

test("a generation lower than one seen is superseded, a higher one goes on where the order stands", async () => {
  const sock = await stocked(10);
  const orderId = newId();
  await reserve(orderId, [line(sock, 4)], { generation: 2 });
  expect(await reserve(orderId, [line(sock, 4)], { generation: 1 })).toEqual({ status: "superseded" });
  expect(await commit(orderId, 1)).toEqual({ status: "superseded" });
  expect(await release(orderId, 1)).toEqual({ status: "superseded" });
  expect(await stockOf(sock)).toMatchObject({ available: 6, orders: [orderId] });
  expect(await reserve(orderId, [line(sock, 4)], { generation: 3 })).toEqual({ status: "done" });
  expect(await giveBack(orderId, 2)).toEqual({ status: "superseded" });
  expect(await commit(orderId, 3)).toEqual({ status: "done" });
  expect(await stockOf(sock)).toEqual({ onHand: 6, available: 6, orders: [] });
  await release(orderId, 5);
  expect(await reserve(orderId, [line(sock, 4)], { generation: 4 })).toEqual({ status: "superseded" });
});

test("an expired reservation is let go, and its commit takes the units afresh", async () => {
  const sock = await stocked(3);
  const [expired, kept] = [newId(), newId()];
  await reserve(expired, [line(sock, 2)], { minutes: 0 });
  await reserve(kept, [line(sock, 1)]);
  expect(await expireReservations(database)).toBe(1);
  expect(await expireReservations(database)).toBe(0);
  expect(await stockOf(sock)).toEqual({ onHand: 3, available: 2, orders: [kept] });
  expect(await reserve(expired, [line(sock, 2)])).toEqual({ status: "done" });
  expect(await commit(expired)).toEqual({ status: "done" });
  expect(await commit(expired)).toEqual({ status: "done" });
  expect(await stockOf(sock)).toEqual({ onHand: 1, available: 0, orders: [kept] });
  await giveBack(expired);
  expect(await stockOf(sock)).toEqual({ onHand: 3, available: 2, orders: [kept] });
});

test("the commit of an expired reservation is refused when others bought the units meanwhile", async () => {
  const sock = await stocked(2);
  const [expired, faster] = [newId(), newId()];
  await reserve(expired, [line(sock, 2)], { minutes: 0 });
  await expireReservations(database);
  await reserve(faster, [line(sock, 1)]);
  const refused = { status: "refused", reason: "out-of-stock", skus: [sock.sku] };
  expect(await commit(expired)).toEqual(refused);
  await release(faster);
  expect(await commit(expired)).toEqual(refused);
  expect(await giveBack(expired)).toEqual({ status: "done" });
  expect(await stockOf(sock)).toEqual({ onHand: 2, available: 2, orders: [] });
});

test("an expired reservation that nobody let go yet is committed as it is held", async () => {
  const sock = await stocked(2);
  const orderId = newId();
  await reserve(orderId, [line(sock, 2)], { minutes: 0 });
  expect(await commit(orderId)).toEqual({ status: "done" });
  expect(await expireReservations(database)).toBe(0);
  expect(await stockOf(sock)).toEqual({ onHand: 0, available: 0, orders: [] });
});
