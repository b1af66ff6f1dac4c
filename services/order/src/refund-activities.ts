import type { Order } from "./order.ts";
import { changeOrder } from "./order-changes.ts";
import { type SagaParts, type StepOutcome, underLock } from "./saga-steps.ts";
import type { SagaRun } from "./sagas.ts";
import { refundPayment, stockOperation } from "./shop-operations.ts";

/** The refund that a cancellation makes; an order has one at most. */
const cancelRefundId = "cancel";

/** What each step of `cancel.v1` and `refund.v1` does. */
export function refundActivities(parts: SagaParts) {
  return {
    awaitConfirmation: (run: SagaRun): Promise<StepOutcome> =>
      underLock(parts, run, "await-confirmation", async (_tx, order) => {
        if (order.status === "placed") return "waiting";
        return order.status === "confirmed" ? "done" : "superseded";
      }),
    refundPayment: (run: SagaRun) => payBack(parts, run),
    returnCancelledStock: (run: SagaRun) => returnStock(parts, run),
  };
}

async function payBack(parts: SagaParts, run: SagaRun): Promise<StepOutcome> {
  const begun = await underLock(parts, run, "refund-payment", async (_tx, order) => refundOf(order));
  if (typeof begun === "string") return begun;
  const { status } = await refundPayment(parts.sidecar, run, begun);
  if (status === "superseded") return "superseded";
  if (status !== "done") throw new Error(`the refund of a paid order was ${status}`);
  return underLock(parts, run, "refund-payment", async (tx) => {
    await changeOrder(tx, run.orderId, { type: "RecordRefund", refundId: begun.refundId });
    return "done" as const;
  });
}

function refundOf(order: Order): StepOutcome | { refundId: string; amountCents: number } {
  if (order.status !== "confirmed" && order.status !== "shipped" && order.status !== "delivered")
    return "superseded";
  if (order.refund?.paid) return "done";
  return { refundId: order.refund?.id ?? cancelRefundId, amountCents: order.totalCents };
}

async function returnStock(parts: SagaParts, run: SagaRun): Promise<StepOutcome> {
  const begun = await underLock(parts, run, "return-cancelled-stock", async () => "begun" as const);
  if (begun === "superseded") return begun;
  const { status } = await stockOperation(parts.sidecar, run, "return");
  if (status === "superseded") return "superseded";
  if (status === "refused") throw new Error("the stock of a cancelled order was not taken back");
  return underLock(parts, run, "return-cancelled-stock", async (tx) => {
    await changeOrder(tx, run.orderId, { type: "FinishCancel" });
    return "done" as const;
  });
}
