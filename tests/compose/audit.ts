import pg from "pg";
import { inDatabase, setting } from "../shop-state.ts";

/** Everything about money and stock that an order left behind in four databases that know nothing of each other. */
export type Trace = {
  order: string;
  status: string;
  totalCents: number;
  paymentStatus: string;
  paidCents: number;
  heldCents: number;
  captures: number;
  reserved: string;
  openReservation: boolean;
  committed: string;
  unfinishedSagas: number;
};

/** Puts the books of Order, Catalog and the payment provider side by side, one line an order; all orders unless some are named. */
export async function auditOrders(ids?: string[]): Promise<Trace[]> {
  const [orders, sagas, stock, balances] = await Promise.all([
    inDatabase<{ order_id: string; status: string; total: number; payment_status: string }>(
      "order",
      "select order_id, status, total_cents::float8 as total, payment_status from orders where $1::uuid[] is null or order_id = any($1)",
      [ids ?? null],
    ),
    inDatabase<{ order_id: string }>("order", "select order_id from sagas where finished_at is null"),
    inDatabase<{ order_id: string; operation: string; status: string; held: boolean }>(
      "catalog",
      "select order_id, operation, status, held_until is not null as held from stock_operations",
    ),
    providerBalances(),
  ]);
  const operation = (order: string, name: string) =>
    stock.find((row) => row.order_id === order && row.operation === name);
  return orders.map(({ order_id: order, status, total, payment_status }) => {
    const balance = balances.find(({ reference }) => reference === order);
    return {
      order,
      status,
      totalCents: total,
      paymentStatus: payment_status,
      paidCents: balance?.paid ?? 0,
      heldCents: balance?.held ?? 0,
      captures: balance?.captures ?? 0,
      reserved: operation(order, "reserve")?.status ?? "never",
      openReservation: operation(order, "reserve")?.held ?? false,
      committed: operation(order, "commit")?.status ?? "never",
      unfinishedSagas: sagas.filter(({ order_id }) => order_id === order).length,
    };
  });
}

type Balance = { reference: string; paid: number; held: number; captures: number };

async function providerBalances(): Promise<Balance[]> {
  const client = new pg.Client({ connectionString: setting("payment", "PROVIDER_DATABASE_URL") });
  await client.connect();
  try {
    const sql =
      "select reference, paid_cents::float8 as paid, held_cents::float8 as held, captures::int from balances";
    return (await client.query<Balance>(sql)).rows;
  } finally {
    await client.end();
  }
}

const sold = new Set(["confirmed", "shipped", "delivered"]);

/** What does not agree in an order's traces; empty where stock and money say what the order says. */
export function disagreements(trace: Trace): string[] {
  const isSold = sold.has(trace.status);
  const claims: [string, boolean][] = [
    ["the order is still open", trace.status !== "placed" && trace.unfinishedSagas === 0],
    ["paid is not what was bought", trace.paidCents === (isSold ? trace.totalCents : 0)],
    ["money is still held", trace.heldCents === 0],
    ["it was captured more than once", trace.captures <= 1],
    ["stock is still reserved", !trace.openReservation],
    ["stock did not leave the shelf", !isSold || trace.committed === "done"],
    ["stock left the shelf for nothing", trace.status !== "rejected" || trace.committed !== "done"],
  ];
  return claims.flatMap(([what, holds]) => (holds ? [] : [`${what}: ${JSON.stringify(trace)}`]));
}
