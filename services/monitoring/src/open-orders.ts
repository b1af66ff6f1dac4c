import type { Queryable } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";

const ended = new Set(["OrderConfirmed", "OrderRejected", "OrderCancelled"]);

/** Orders whose checkout has not come to an end. */
export const openOrders: Consumer = {
  name: "open-orders",
  topics: ["order-events"],
  tables: ["open_orders"],
  async handle(tx, { type, subject, time }) {
    if (type === "OrderPlaced")
      await tx.query("insert into open_orders (order_id, placed_at) values ($1, $2) on conflict do nothing", [
        subject,
        time,
      ]);
    else if (ended.has(type)) await tx.query("delete from open_orders where order_id = $1", [subject]);
  },
};

/** The hundred that have been open longest, of those open for more than so many seconds. */
export async function listStuck(
  db: Queryable,
  seconds: number,
): Promise<{ orderId: string; placedAt: Date }[]> {
  const { rows } = await db.query<{ orderId: string; placedAt: Date }>(
    `select order_id as "orderId", placed_at as "placedAt" from open_orders
     where placed_at < now() - make_interval(secs => $1) order by placed_at limit 100`,
    [seconds],
  );
  return rows;
}
