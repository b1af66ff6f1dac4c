import { orderEvents } from "@sockshop/contracts/order.ts";
import type { Rateable } from "@sockshop/contracts/rating.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";

/** Learns from delivered orders who received what; a refund afterwards takes nobody's word away. */
export const purchases: Consumer = {
  name: "purchases",
  topics: ["order-events"],
  tables: ["purchases"],
  async handle(tx, event) {
    if (event.type !== "OrderDelivered") return;
    const { customerId, lines } = orderEvents.OrderDelivered.parse(event.data);
    const products = new Map(lines.map(({ productId, name }) => [productId, name]));
    for (const [productId, name] of products)
      await tx.query(
        `insert into purchases (order_id, product_id, customer_id, product_name, delivered_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [event.subject, productId, customerId, name, event.time],
      );
  },
};

export async function hasReceived(
  db: Queryable,
  customerIds: string[],
  { orderId, productId }: { orderId: string; productId: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    "select 1 from purchases where order_id = $1 and product_id = $2 and customer_id = any($3::uuid[])",
    [orderId, productId, customerIds],
  );
  return Boolean(rowCount);
}

/** What these customers received and have not rated, the latest first. */
export async function listRateable(
  db: Queryable,
  customerIds: string[],
  { productId, orderId }: { productId?: string | undefined; orderId?: string | undefined },
): Promise<Rateable[]> {
  const { rows } = await db.query<Omit<Rateable, "deliveredAt"> & { deliveredAt: Date }>(
    `select p.order_id as "orderId", p.product_id as "productId", p.product_name as "productName",
            p.delivered_at as "deliveredAt"
     from purchases p
     where p.customer_id = any($1::uuid[])
       and ($2::uuid is null or p.product_id = $2) and ($3::uuid is null or p.order_id = $3)
       and not exists (select 1 from rating_claims c where c.order_id = p.order_id and c.product_id = p.product_id)
     order by p.delivered_at desc, p.product_name limit 100`,
    [customerIds, productId ?? null, orderId ?? null],
  );
  return rows.map((row) => ({ ...row, deliveredAt: row.deliveredAt.toISOString() }));
}
