import type { OrderReason, OrderStatus } from "@sockshop/contracts/order.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { RecordedEvent } from "@sockshop/platform/events.ts";
import type { OrderEvent } from "./order-events.ts";
import { type OrderRow, reasonDetail, type TrackedOrder, trackedOrder } from "./order-view.ts";

/** Order history and tracking: one row an order. */
export const ordersProjection: Projection<OrderEvent> = {
  name: "orders",
  tables: ["orders"],
  project: async (tx, event) => {
    if (event.type === "OrderPlaced") await insertOrder(tx, event);
    else await changeOrderRow(tx, event, changeOf(event));
  },
};

type PaymentStatus = OrderRow["payment_status"];
type RowChange = {
  status?: OrderStatus;
  reason?: OrderReason;
  priceChanges?: unknown;
  payment?: PaymentStatus;
  customerId?: string;
  /** What the timeline tells. */
  step?: string;
  detail?: string;
};

function changeOf(event: Exclude<OrderEvent, { type: "OrderPlaced" }>): RowChange {
  switch (event.type) {
    case "StockReservedForOrder":
      return { step: "stock-reserved" };
    case "PaymentAuthorizedForOrder":
      return { step: "payment-authorized", payment: "authorized" };
    case "StockCommittedForOrder":
      return { step: "stock-committed" };
    case "CaptureStarted":
      return { step: "capture-started" };
    case "PaymentCapturedForOrder":
      return { step: "payment-captured", payment: "captured" };
    case "UndoStarted":
      return { step: "undoing", detail: reasonDetail(event.data.reason) };
    case "RefundRequested":
      return { step: "refund-requested" };
    case "PaymentRefundedForOrder":
      return { step: "payment-refunded", payment: "refunded" };
    case "StockReturnedForOrder":
      return { step: "stock-returned" };
    case "OrderReowned":
      return { customerId: event.data.customerId };
    case "OrderCancelRequested":
      return { step: "cancel-requested" };
    case "OrderConfirmed":
      return { step: "confirmed", status: "confirmed" };
    case "OrderRejected":
      return { ...ended("rejected", event.data), payment: unpaid(event.data.reason) };
    case "OrderCancelled":
      return { ...ended("cancelled", event.data), payment: unpaid(event.data.reason) };
    case "OrderShipped":
      return { step: "shipped", status: "shipped" };
    case "OrderDelivered":
      return { step: "delivered", status: "delivered" };
    case "OrderRefunded":
      return { step: "refunded", status: "refunded" };
  }
}

const ended = (status: OrderStatus, data: { reason: OrderReason; priceChanges?: unknown }): RowChange => ({
  status,
  step: status,
  reason: data.reason,
  detail: reasonDetail(data.reason),
  ...(data.priceChanges !== undefined && { priceChanges: data.priceChanges }),
});

function unpaid(reason: OrderReason): PaymentStatus {
  if (reason === "payment-declined") return "declined";
  return reason === "payment-failed" ? "failed" : "voided";
}

async function insertOrder(
  tx: Transaction,
  { subject, time, data }: RecordedEvent & Extract<OrderEvent, { type: "OrderPlaced" }>,
): Promise<void> {
  await tx.query(
    `insert into orders (order_id, version, customer_id, status, currency, lines, subtotal_cents, shipping_cents,
       total_cents, payment_status, timeline, placed_at)
     values ($1, 1, $2, 'placed', $3, $4, $5, $6, $7, 'pending', $8, $9)`,
    [
      subject,
      data.customerId,
      data.currency,
      JSON.stringify(data.lines),
      data.subtotalCents,
      data.shippingCents,
      data.totalCents,
      JSON.stringify([{ status: "placed", at: time }]),
      time,
    ],
  );
}

async function changeOrderRow(tx: Transaction, event: RecordedEvent, change: RowChange): Promise<void> {
  const { step, detail } = change;
  const entry = step ? [{ status: step, at: event.time, ...(detail && { detail }) }] : [];
  // Only a hold can be voided: where none was made the payment stays pending, and a refunded one stays refunded.
  await tx.query(
    `update orders set version = version + 1,
       status = coalesce($2, status), reason = coalesce($3, reason), price_changes = coalesce($4, price_changes),
       payment_status = case when $5 = 'voided' and payment_status <> 'authorized' then payment_status
                             else coalesce($5, payment_status) end,
       customer_id = coalesce($6, customer_id), timeline = timeline || $7::jsonb
     where order_id = $1`,
    [
      event.subject,
      change.status ?? null,
      change.reason ?? null,
      change.priceChanges === undefined ? null : JSON.stringify(change.priceChanges),
      change.payment ?? null,
      change.customerId ?? null,
      JSON.stringify(entry),
    ],
  );
}

const select =
  "select o.*, d.email, d.shipping_address from orders o left join order_details d on d.order_id = o.order_id";

export async function findOrder(db: Queryable, orderId: string): Promise<TrackedOrder | undefined> {
  const { rows } = await db.query<OrderRow>(`${select} where o.order_id = $1`, [orderId]);
  return rows[0] && trackedOrder(rows[0]);
}

export type OrderFilter = {
  /** Absent for every customer's orders. */
  customerId?: string;
  status?: OrderStatus;
  page: number;
  pageSize: number;
};

/** One page of orders, the newest first, with the count of all that match. */
export async function listOrders(
  db: Queryable,
  { customerId, status, page, pageSize }: OrderFilter,
): Promise<{ items: TrackedOrder[]; total: number }> {
  const where = "($1::uuid is null or o.customer_id = $1) and ($2::text is null or o.status = $2)";
  const filter = [customerId ?? null, status ?? null];
  const counted = await db.query<{ total: number }>(
    `select count(*) as total from orders o where ${where}`,
    filter,
  );
  const { rows } = await db.query<OrderRow>(
    `${select} where ${where} order by o.placed_at desc, o.order_id desc limit $3 offset $4`,
    [...filter, pageSize, (page - 1) * pageSize],
  );
  return { items: rows.map(trackedOrder), total: counted.rows[0]?.total ?? 0 };
}

/** The ids of everything a customer has ordered. */
export async function ordersOf(db: Queryable, customerId: string): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    "select order_id from orders where customer_id = $1",
    [customerId],
  );
  return rows.map((row) => row.order_id);
}
