import type { StockOutcome } from "@sockshop/contracts/catalog.ts";
import type { Placed } from "./order.ts";
import { changeOrder } from "./order-changes.ts";
import type { OrderCommand } from "./order-decisions.ts";
import type { OrderReason, PriceChange } from "./order-events.ts";
import {
  compensate,
  type OperationOutcome,
  type SagaParts,
  type StepOutcome,
  underLock,
} from "./saga-steps.ts";
import type { SagaRun } from "./sagas.ts";
import { authorizePayment, paymentOperation, reserveStock, stockOperation } from "./shop-operations.ts";

type Refusal = { reason: OrderReason; priceChanges?: PriceChange[] };
type Forward<Outcome extends OperationOutcome> = {
  name: string;
  /** Whether an earlier attempt has already written it down. */
  isDone: (order: Placed) => boolean;
  /** What is decided before the call. */
  before?: OrderCommand;
  call: (order: Placed) => Promise<Outcome>;
  /** What is decided when the call succeeded. */
  done: OrderCommand;
  refusal: (outcome: Outcome) => Refusal;
};

/** What each step of `checkout.v1` does; the run comes in, how the step ended goes out, and only a fault throws. */
export function checkoutActivities(parts: SagaParts) {
  const { sidecar } = parts;
  return {
    reserveStock: (run: SagaRun) =>
      forward(parts, run, {
        name: "reserve-stock",
        isDone: (order) => order.stockReserved,
        call: (order) => reserveStock(sidecar, run, order),
        done: { type: "RecordStep", step: "StockReservedForOrder" },
        refusal: stockRefusal,
      }),
    authorizePayment: (run: SagaRun) =>
      forward(parts, run, {
        name: "authorize-payment",
        isDone: (order) => order.paymentAuthorized,
        call: (order) => authorizePayment(parts, run, order),
        done: { type: "RecordStep", step: "PaymentAuthorizedForOrder" },
        refusal: () => ({ reason: "payment-declined" }),
      }),
    commitStock: (run: SagaRun) =>
      forward(parts, run, {
        name: "commit-stock",
        isDone: (order) => order.stockCommitted,
        call: () => stockOperation(sidecar, run, "commit"),
        done: { type: "RecordStep", step: "StockCommittedForOrder" },
        refusal: stockRefusal,
      }),
    capturePayment: (run: SagaRun) =>
      forward(parts, run, {
        name: "capture-payment",
        isDone: () => false,
        before: { type: "StartCapture" },
        call: () => paymentOperation(sidecar, run, "capture"),
        done: { type: "Confirm" },
        refusal: () => ({ reason: "payment-failed" }),
      }),
    returnStock: (run: SagaRun) =>
      compensate(parts, run, { name: "return-stock", call: () => stockOperation(sidecar, run, "return") }),
    voidPayment: (run: SagaRun) =>
      compensate(parts, run, { name: "void-payment", call: () => paymentOperation(sidecar, run, "void") }),
    releaseStock: (run: SagaRun) =>
      compensate(parts, run, { name: "release-stock", call: () => stockOperation(sidecar, run, "release") }),
    finishUndo: (run: SagaRun): Promise<StepOutcome> =>
      underLock(parts, run, "finish-undo", async (tx) => {
        await changeOrder(tx, run.orderId, { type: "FinishUndo" });
        return "done" as const;
      }),
  };
}

async function forward<Outcome extends OperationOutcome>(
  parts: SagaParts,
  run: SagaRun,
  step: Forward<Outcome>,
): Promise<StepOutcome> {
  const begun = await underLock(parts, run, step.name, async (tx, order, ageSeconds) => {
    if (order.status !== "placed") return "superseded";
    if (order.undo) return "undoing";
    const late = !order.captureStarted && ageSeconds > parts.patienceSeconds;
    if (late || (order.cancelRequestedBy && !order.captureStarted)) {
      await changeOrder(tx, run.orderId, { type: "StartUndo", reason: "unavailable" });
      return "undoing";
    }
    if (step.isDone(order)) return "done";
    if (step.before) await changeOrder(tx, run.orderId, step.before);
    return order;
  });
  return typeof begun === "string" ? begun : settle(parts, run, step, await step.call(begun));
}

async function settle<Outcome extends OperationOutcome>(
  parts: SagaParts,
  run: SagaRun,
  step: Forward<Outcome>,
  outcome: Outcome,
): Promise<StepOutcome> {
  if (outcome.status === "superseded") return "superseded";
  return underLock(parts, run, step.name, async (tx) => {
    // An undone step must not count: it is as if the service had been away, unless the provider was to pay.
    const undone: Refusal = { reason: step.done.type === "Confirm" ? "payment-failed" : "unavailable" };
    const refusal = outcome.status === "refused" ? step.refusal(outcome) : undone;
    const command: OrderCommand = outcome.status === "done" ? step.done : { type: "StartUndo", ...refusal };
    const { order } = await changeOrder(tx, run.orderId, command);
    return order.status === "placed" && order.undo ? "undoing" : "done";
  });
}

function stockRefusal({ reason, priceChanges }: StockOutcome): Refusal {
  if (reason !== "price-changed") return { reason: "out-of-stock" };
  return { reason, ...(priceChanges && { priceChanges }) };
}
