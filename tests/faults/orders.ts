import type { Order } from "@sockshop/contracts/order.ts";
import { expect } from "vitest";
import { inDatabase, inProviderDatabase } from "../shop-state.ts";
import { eventually, fillCart, placeOrder, type Shopper } from "../shopper.ts";

/** Fills a cart and sends one order, the same each time, until it is taken: while a part is away a 503 is the right answer. */
export async function orderUntilTaken(shopper: Shopper, sku: string, withinMs = 60_000): Promise<string> {
  const key = crypto.randomUUID();
  let cart = { version: 0 };
  let id = "";
  const fill = async () => {
    cart = await fillCart(shopper, sku);
    return true;
  };
  const order = async () => {
    const { status, body } = await placeOrder(shopper, cart, "tok_visa", key);
    if (status !== 202) throw new Error(`the order was answered ${status}: ${JSON.stringify(body)}`);
    id = body.id;
    return true;
  };
  await eventually("the cart was filled", fill, withinMs);
  await eventually("the order was taken", order, withinMs);
  return id;
}

/** Those of these orders whose checkout has not ended, or that the order service does not know. */
export async function openOrders(ids: string[]): Promise<string[]> {
  const rows = await inDatabase<{ id: string }>(
    "order",
    "select order_id as id from orders where order_id = any($1) and status <> 'placed'",
    [ids],
  );
  const ended = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !ended.has(id));
}

export const allEnd = (ids: string[], withinMs: number) =>
  eventually(`${ids.length} orders have ended`, async () => (await openOrders(ids)).length === 0, withinMs);

type Book = Pick<Order, "id" | "status"> & { totalCents: number; lines: { sku: string; quantity: number }[] };

/** Holds the books of the order service, the provider and the catalogue against each other; resolves with how many ended how. */
export async function audit(ids: string[]): Promise<Record<string, number>> {
  const orders = await inDatabase<Book>(
    "order",
    `select order_id as id, coalesce(reason, status) as status, total_cents::int as "totalCents", lines
     from orders where order_id = any($1)`,
    [ids],
  );
  expect(orders.map(({ id }) => id).sort()).toEqual(ids.toSorted());
  await auditMoney(orders);
  await auditStock(orders);
  const ends: Record<string, number> = {};
  for (const { status } of orders) ends[status] = (ends[status] ?? 0) + 1;
  return ends;
}

async function auditMoney(orders: Book[]): Promise<void> {
  const balances = await inProviderDatabase<{ id: string; held: number; paid: number; captures: number }>(
    `select reference as id, held_cents::int as held, paid_cents::int as paid, captures::int
     from balances where reference = any($1)`,
    [orders.map(({ id }) => id)],
  );
  const byOrder = new Map(balances.map((balance) => [balance.id, balance]));
  for (const { id, status, totalCents } of orders) {
    const { held, paid, captures } = byOrder.get(id) ?? { held: 0, paid: 0, captures: 0 };
    const due = status === "confirmed" ? { paid: totalCents, captures: 1 } : { paid: 0, captures: 0 };
    expect({ id, status, held, paid, captures }).toEqual({ id, status, held: 0, ...due });
  }
}

/** What was committed is what confirmed orders hold, and nothing is held for any of them any more. */
async function auditStock(orders: Book[]): Promise<void> {
  const operations = await inDatabase<{
    id: string;
    operation: string;
    status: string;
    held: boolean;
    lines: { sku: string; quantity: number }[] | null;
  }>(
    "catalog",
    `select order_id as id, operation, status, held_until is not null as held, lines
     from stock_operations where order_id = any($1)`,
    [orders.map(({ id }) => id)],
  );
  expect(operations.filter(({ held }) => held)).toEqual([]);
  const committed = new Set(
    operations.flatMap(({ id, operation, status }) =>
      operation === "commit" && status === "done" ? [id] : [],
    ),
  );
  const reserved = operations.filter(({ id, operation }) => operation === "reserve" && committed.has(id));
  const sold = new Map(reserved.map(({ id, lines }) => [id, unitsOf(lines ?? [])]));
  for (const { id, status, lines } of orders)
    expect([id, status, sold.get(id)]).toEqual([
      id,
      status,
      status === "confirmed" ? unitsOf(lines) : undefined,
    ]);
}

const unitsOf = (lines: { sku: string; quantity: number }[]) =>
  lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).sort();

/** How many units of a product the catalogue says it sold and can sell. */
export async function stockOf(productId: string): Promise<{ available: number; sold: number }> {
  const [row] = await inDatabase<{ available: number; sold: number }>(
    "catalog",
    "select available::int, sold::int from product_stock where product_id = $1",
    [productId],
  );
  return row ?? { available: 0, sold: 0 };
}

/** How often a checkout of these orders had to be begun anew, by the number of its last run. */
export async function generationsOf(ids: string[]): Promise<number[]> {
  const rows = await inDatabase<{ generation: number }>(
    "order",
    "select distinct generation from sagas where order_id = any($1) order by 1",
    [ids],
  );
  return rows.map(({ generation }) => generation);
}
