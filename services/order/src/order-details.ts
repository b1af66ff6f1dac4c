import type { Address } from "@sockshop/contracts/order.ts";
import type { Queryable } from "@sockshop/platform/database.ts";

/** What is personal about an order; it leaves this table only towards its owner, the token only towards Payment. */
export type OrderDetails = { email: string; shippingAddress: Address; paymentToken: string };

export async function insertDetails(tx: Queryable, orderId: string, details: OrderDetails): Promise<void> {
  await tx.query(
    "insert into order_details (order_id, email, shipping_address, payment_token) values ($1, $2, $3, $4)",
    [orderId, details.email, JSON.stringify(details.shippingAddress), details.paymentToken],
  );
}

export async function paymentToken(db: Queryable, orderId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ payment_token: string | null }>(
    "select payment_token from order_details where order_id = $1",
    [orderId],
  );
  return rows[0]?.payment_token ?? undefined;
}

export async function deletePaymentToken(tx: Queryable, orderId: string): Promise<void> {
  await tx.query(
    "update order_details set payment_token = null where order_id = $1 and payment_token is not null",
    [orderId],
  );
}

/** Leaves nothing personal in these orders' details. */
export async function blankDetails(tx: Queryable, orderIds: string[]): Promise<void> {
  await tx.query(
    "update order_details set email = '', shipping_address = '{}', payment_token = null where order_id = any($1::uuid[])",
    [orderIds],
  );
}
