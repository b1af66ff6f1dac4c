import { newId } from "@sockshop/platform/ids.ts";
import { rebuildConsumer } from "@sockshop/platform/read-models.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listLowStock } from "../src/low-stock.ts";
import { listStuck } from "../src/open-orders.ts";
import { countPayments } from "../src/recent-payments.ts";
import { consumers } from "../src/subscriptions.ts";
import { openMonitoring } from "./monitoring-service.ts";

let service: Awaited<ReturnType<typeof openMonitoring>>;
const productId = newId();
const [stuck, fine] = [newId(), newId()];
const hourAgo = new Date(Date.now() - 3_600_000);

beforeAll(async () => {
  service = await openMonitoring();
  const { tell } = service;
  await tell("product-events", "ProductAdded", productId, {
    slug: "argyle",
    name: "Argyle",
    description: "",
    brand: "",
    category: "Dress",
    tags: [],
    images: [],
    currency: "USD",
    variants: [],
  });
  for (const [sku, left] of [
    ["A-1", 3],
    ["A-2", 0],
    ["A-3", 4],
  ] as const)
    await tell("product-events", "StockRanLow", productId, { sku, available: left });
  await tell("product-events", "StockReserved", productId, { sku: "A-1", available: 1, quantity: 2 });
  await tell("product-events", "StockReceived", productId, { sku: "A-3", available: 40, change: 36 });
  await tell("product-events", "StockReserved", productId, { sku: "A-4", available: 90, quantity: 2 });
  for (const orderId of [stuck, fine]) await tell("order-events", "OrderPlaced", orderId, {}, hourAgo);
  await tell("order-events", "OrderPlaced", newId(), {});
  await tell("order-events", "OrderConfirmed", fine, {});
  for (const type of ["PaymentDeclined", "PaymentAuthorized", "PaymentCaptured", "PaymentDeclined"])
    await tell("payment-events", type, newId(), {});
});
afterAll(() => service.stop());

const everything = async () => ({
  low: await listLowStock(service.database),
  stuck: await listStuck(service.database, 300),
  payments: await countPayments(service.database, 20),
  rows: (
    await service.database.query(
      `select (select jsonb_agg(o order by order_id) from open_orders o) as orders,
              (select jsonb_agg(p order by position) from recent_payments p) as payments,
              (select jsonb_agg(s order by sku) from low_stock s) as stock`,
    )
  ).rows,
});

test("what runs low, which orders are stuck and how payments end is learnt from events", async () => {
  expect(await everything()).toMatchObject({
    low: [
      { sku: "A-1", name: "Argyle", available: 1 },
      { sku: "A-2", name: "Argyle", available: 0 },
    ],
    stuck: [{ orderId: stuck }],
    payments: { count: 3, declined: 2 },
  });
  expect(await countPayments(service.database, 1)).toEqual({ count: 1, declined: 1 });
});

test("hearing everything three times more, in any order, changes nothing", async () => {
  const before = await everything();
  for (const order of ["same", "reversed", "shuffled"])
    await service.repeat((all) =>
      order === "same"
        ? all
        : order === "reversed"
          ? all.toReversed()
          : all.toSorted((a, b) => a.id.slice(-6).localeCompare(b.id.slice(-6))),
    );
  expect(await everything()).toEqual(before);
});

test("a read model that is lost is made anew", async () => {
  const before = await everything();
  await service.database.query("truncate recent_payments, open_orders, low_stock, product_names");
  for (const consumer of consumers)
    await rebuildConsumer({ database: service.database, sidecar: service.sidecar }, consumer);
  expect(await everything()).toEqual(before);
});

test("a retired product runs low no more", async () => {
  await service.tell("product-events", "ProductRetired", productId, {});
  expect(await listLowStock(service.database)).toEqual([]);
});
