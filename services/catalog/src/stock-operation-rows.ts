import type { StockOutcome } from "@sockshop/contracts/catalog.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { StockLine } from "./stock-lines.ts";

type Operation = "reserve" | "commit";
type Row = {
  operation: Operation;
  generation: number;
  status: "done" | "refused" | "undone";
  refusal: Omit<StockOutcome, "status"> | null;
  lines: StockLine[];
  /** Whether units are held for it. */
  held: boolean;
  /** Whether they are held longer than allowed. */
  expired: boolean;
};
export type Operations = {
  /** The highest generation seen for the order; 0 when none was. */
  generation: number;
  reserve: Row | undefined;
  commit: Row | undefined;
};

/** The order's operations under its lock; `generation` is remembered when it is higher than those seen. */
export async function lockOperations(tx: Transaction, orderId: string, generation = 0): Promise<Operations> {
  // An order that is not known yet has no row to lock.
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`stock ${orderId}`]);
  const { rows } = await tx.query<Row>(
    `select operation, generation, status, refusal, coalesce(lines, '[]') as lines, held_until is not null as held,
       coalesce(held_until < clock_timestamp(), false) as expired
     from stock_operations where order_id = $1`,
    [orderId],
  );
  const seen = Math.max(0, ...rows.map((row) => row.generation));
  if (rows.length > 0 && generation > seen)
    await tx.query("update stock_operations set generation = $2 where order_id = $1", [orderId, generation]);
  const of = (operation: Operation) => rows.find((row) => row.operation === operation);
  return { generation: seen, reserve: of("reserve"), commit: of("commit") };
}

/** Writes one operation as it is now; units count as held only with `holdMinutes`. */
export async function storeOperation(
  tx: Transaction,
  { orderId, generation }: { orderId: string; generation: number },
  operation: Operation,
  now: { status: Row["status"]; refusal?: Row["refusal"]; lines?: StockLine[]; holdMinutes?: number },
): Promise<void> {
  await tx.query(
    `insert into stock_operations (order_id, operation, generation, status, refusal, lines, held_until)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7::float8 * 60))
     on conflict (order_id, operation) do update set generation = excluded.generation, status = excluded.status,
       refusal = excluded.refusal, lines = excluded.lines, held_until = excluded.held_until`,
    [
      orderId,
      operation,
      generation,
      now.status,
      now.refusal ? JSON.stringify(now.refusal) : null,
      now.lines ? JSON.stringify(now.lines) : null,
      now.holdMinutes ?? null,
    ],
  );
}

/** Orders that hold units longer than allowed, the oldest first. */
export async function expiredOrders(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    "select order_id from stock_operations where held_until < clock_timestamp() order by held_until limit 200",
  );
  return rows.map((row) => row.order_id);
}
