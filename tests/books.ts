import type { Order } from "@sockshop/contracts/order.ts";
import { expect } from "vitest";
import { inDatabase, inProviderDatabase } from "./shop-state.ts";
import { eventually } from "./shopper.ts";

/** Every order the shop was ever given. */
export const allOrders = async (): Promise<string[]> =>
  (await inDatabase<{ id: string }>("order", "select order_id as id from orders")).map(({ id }) => id);

/** Those of these orders that a saga still works on, or that the order service does not know. */
async function openOrders(ids: string[]): Promise<string[]> {
  const rows = await inDatabase<{ id: string }>(
    "order",
    `select order_id as id from orders where order_id = any($1) and status <> 'placed'
     and order_id not in (select order_id from sagas where finished_at is null)`,
    [ids],
  );
  const ended = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !ended.has(id));
}

export const allEnd = (ids: string[], withinMs: number) =>
  eventually(`${ids.length} orders have ended`, async () => (await openOrders(ids)).length === 0, withinMs);

/** Holds the books of the order service, the provider and the catalogue against each other; resolves with how many ended how. */
export async function audit(ids: string[]): Promise<Record<string, number>> {
  const books = await readBooks(ids);
  expect(books.map(({ order }) => order).sort()).toEqual(ids.toSorted());
  expect(books.flatMap(disagreements)).toEqual([]);
  const ends: Record<string, number> = {};
  for (const { end } of books) ends[end] = (ends[end] ?? 0) + 1;
  return ends;
}

/** Everything about money and stock that an order left behind in databases that know nothing of each other. */
type Books = {
  order: string;
  status: Order["status"];
  /** The status, or why the order was rejected. */
  end: string;
  totalCents: number;
  paidCents: number;
  heldCents: number;
  captures: number;
  bought: string[];
  reserved: string[];
  isReserved: boolean;
  isCommitted: boolean;
};

type Line = { sku: string; quantity: number };
const unitsOf = (lines: Line[]) => lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).sort();

async function readBooks(ids: string[]): Promise<Books[]> {
  const [orders, balances, operations] = await Promise.all([
    inDatabase<Pick<Books, "order" | "status" | "end" | "totalCents"> & { lines: Line[] }>(
      "order",
      `select order_id as order, status, coalesce(reason, status) as end, total_cents::int as "totalCents", lines
       from orders where order_id = any($1)`,
      [ids],
    ),
    inProviderDatabase<Pick<Books, "order" | "paidCents" | "heldCents" | "captures">>(
      `select reference as order, paid_cents::int as "paidCents", held_cents::int as "heldCents", captures::int
       from balances where reference = any($1)`,
      [ids],
    ),
    inDatabase<{ order: string; operation: string; status: string; held: boolean; lines: Line[] | null }>(
      "catalog",
      `select order_id as order, operation, status, held_until is not null as held, lines
       from stock_operations where order_id = any($1)`,
      [ids],
    ),
  ]);
  const balanceOf = new Map(balances.map((balance) => [balance.order, balance]));
  const operationOf = new Map(operations.map((row) => [`${row.operation} ${row.order}`, row]));
  const held = new Set(operations.filter((row) => row.held).map(({ order }) => order));
  return orders.map(({ lines, ...order }) => {
    const reserve = operationOf.get(`reserve ${order.order}`);
    return {
      paidCents: 0,
      heldCents: 0,
      captures: 0,
      ...balanceOf.get(order.order),
      ...order,
      bought: unitsOf(lines),
      reserved: unitsOf(reserve?.lines ?? []),
      isReserved: held.has(order.order),
      isCommitted: operationOf.get(`commit ${order.order}`)?.status === "done",
    };
  });
}

const sold: Order["status"][] = ["confirmed", "shipped", "delivered"];

/** What does not agree in an order's books; empty where stock and money say what the order says. */
function disagreements(books: Books): string[] {
  const isSold = sold.includes(books.status);
  const claims: [string, boolean][] = [
    ["paid is not what was bought", books.paidCents === (isSold ? books.totalCents : 0)],
    ["money is still held", books.heldCents === 0],
    ["it was captured more than once", books.captures <= 1],
    ["it was not captured", books.captures === 1 || !isSold],
    ["it was captured for nothing", books.captures === 0 || books.status !== "rejected"],
    ["stock is still reserved", !books.isReserved],
    ["stock did not leave the shelf", books.isCommitted || !isSold],
    ["stock left the shelf for nothing", !books.isCommitted || books.status !== "rejected"],
    ["what left the shelf is not what was bought", !isSold || `${books.reserved}` === `${books.bought}`],
  ];
  return claims.flatMap(([what, holds]) => (holds ? [] : [`${what}: ${JSON.stringify(books)}`]));
}
