import { aggregateStore } from "@sockshop/platform/aggregate.ts";
import type { Transaction } from "@sockshop/platform/database.ts";
import { isOver, type Order, orderAggregate } from "./order.ts";
import type { OrderCommand } from "./order-decisions.ts";
import { deletePaymentToken } from "./order-details.ts";
import type { OrderEvent } from "./order-events.ts";
import { ordersProjection } from "./orders.ts";
import { releaseCart } from "./placed-carts.ts";
import { finishSagas } from "./sagas.ts";

export const orderStore = aggregateStore(orderAggregate, [ordersProjection]);

/** Where event streams listen; the payload is the order's id. */
export const orderChannel = "orders";

/** The one way to change an order: decides, and does in the same transaction what follows from it inside this service. */
export async function changeOrder(
  tx: Transaction,
  orderId: string,
  command: OrderCommand,
): Promise<{ order: Order; events: OrderEvent[] }> {
  const { state: order, events } = await orderStore.execute(tx, orderId, command);
  if (events.length === 0) return { order, events };
  for (const { type } of events) {
    if (type === "OrderRejected" || type === "OrderCancelled") await releaseCart(tx, orderId);
    if (type === "OrderConfirmed") await finishSagas(tx, orderId, "checkout");
    // Authorization is settled, or nobody will ask for it any more.
    if (type === "PaymentAuthorizedForOrder" || type === "UndoStarted") await deletePaymentToken(tx, orderId);
  }
  if (isOver(order)) await finishSagas(tx, orderId);
  await tx.query("select pg_notify($1, $2)", [orderChannel, orderId]);
  return { order, events };
}
