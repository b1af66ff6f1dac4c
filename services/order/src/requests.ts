import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { conflict, notFound } from "@sockshop/platform/problem.ts";
import type { CancelledBy, Order } from "./order.ts";
import { changeOrder } from "./order-changes.ts";
import { type OrderCommand, OrderRefusal } from "./order-decisions.ts";
import type { OrderEvent } from "./order-events.ts";
import { requestSaga, type SagaRun } from "./sagas.ts";

export type RequestParts = { database: Database; start: (run: SagaRun) => void };

/** Ends the checkout, or gives back what it took, whichever the order's state asks for; repeats change nothing. */
export const requestCancel = (parts: RequestParts, orderId: string, by: CancelledBy): Promise<void> =>
  request(parts, orderId, { type: "RequestCancel", by }, async (tx, { order, events }) => {
    // Short of the pivot the checkout itself turns back.
    const isPastPivot = order.status === "confirmed" || (order.status === "placed" && order.captureStarted);
    return events.length > 0 && isPastPivot ? requestSaga(tx, orderId, "cancel") : undefined;
  });

export const requestRefund = (parts: RequestParts, orderId: string): Promise<void> =>
  request(parts, orderId, { type: "RequestRefund", refundId: newId() }, async (tx, { events }) =>
    events.length > 0 ? requestSaga(tx, orderId, "refund") : undefined,
  );

export const markShipped = (parts: RequestParts, orderId: string): Promise<void> =>
  request(parts, orderId, { type: "Ship" });

export const markDelivered = (parts: RequestParts, orderId: string): Promise<void> =>
  request(parts, orderId, { type: "Deliver" });

type Decided = { order: Order; events: OrderEvent[] };

/** Decides under the order's lock, and starts what follows from it after the commit; a refusal is a 409. */
async function request(
  { database, start }: RequestParts,
  orderId: string,
  command: OrderCommand,
  follow?: (tx: Transaction, decided: Decided) => Promise<SagaRun | undefined>,
): Promise<void> {
  try {
    const run = await withTransaction(database, async (tx) => {
      const decided = await changeOrder(tx, orderId, command);
      return follow?.(tx, decided);
    });
    if (run) start(run);
  } catch (error) {
    if (!(error instanceof OrderRefusal)) throw error;
    throw error.type === "not-placed" ? notFound("The order") : conflict(error.type, error.message);
  }
}
