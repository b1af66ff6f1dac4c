import { type Durable, pause, retryUntilDone } from "@sockshop/platform/durable-retry.ts";
import type { WorkflowContext } from "@sockshop/platform/workflow-host.ts";
import type { StepOutcome } from "./saga-steps.ts";
import type { SagaRun } from "./sagas.ts";

const longestWaitSeconds = 5;

/** `cancel.v1`: a cancellation that came after the pivot lets the checkout end, then gives back money and stock. */
export async function* cancel(ctx: WorkflowContext, run: SagaRun): Durable<"cancelled" | "superseded"> {
  const attempt = (activity: string) => retryUntilDone<StepOutcome>(ctx, { activity, input: run });

  for (let asked = 1; ; asked += 1) {
    const outcome = yield* attempt("awaitConfirmation");
    if (outcome === "superseded") return "superseded";
    if (outcome === "done") break;
    yield* pause(ctx, Math.min(asked, longestWaitSeconds));
  }
  if ((yield* attempt("refundPayment")) === "superseded") return "superseded";
  return (yield* attempt("returnCancelledStock")) === "superseded" ? "superseded" : "cancelled";
}

/** `refund.v1`: the shop gives the money back; the goods stay where they are. */
export async function* refund(ctx: WorkflowContext, run: SagaRun): Durable<"refunded" | "superseded"> {
  const outcome = yield* retryUntilDone<StepOutcome>(ctx, { activity: "refundPayment", input: run });
  return outcome === "superseded" ? "superseded" : "refunded";
}
