import { type Durable, retryUntilDone } from "@sockshop/platform/durable-retry.ts";
import type { WorkflowContext } from "@sockshop/platform/workflow-host.ts";
import type { StepOutcome } from "./saga-steps.ts";
import type { SagaRun } from "./sagas.ts";

const steps = [
  { action: "reserveStock", undo: "releaseStock" },
  { action: "authorizePayment", undo: "voidPayment" },
  { action: "commitStock", undo: "returnStock" },
  // Begins with the pivot, CaptureStarted, and ends with the order confirmed: only the provider's refusal leads back.
  { action: "capturePayment", undo: undefined },
] as const;
const everyUndo = ["returnStock", "voidPayment", "releaseStock"];

/** The checkout saga, `checkout.v1`. A changed order of steps is a new version beside this one. */
export async function* checkout(
  ctx: WorkflowContext,
  run: SagaRun,
): Durable<"confirmed" | "undone" | "superseded"> {
  const attempt = (activity: string) => retryUntilDone<StepOutcome>(ctx, { activity, input: run });
  // How far an earlier generation came is not known here; undoing what never began is safe.
  const undo: string[] = run.generation > 1 ? [...everyUndo] : [];

  for (const step of steps) {
    // Registered before the action, since its outcome may never be known.
    if (step.undo && !undo.includes(step.undo)) undo.unshift(step.undo);
    const outcome = yield* attempt(step.action);
    if (outcome === "superseded") return "superseded";
    if (outcome === "undoing") {
      for (const compensation of undo)
        if ((yield* attempt(compensation)) === "superseded") return "superseded";
      return (yield* attempt("finishUndo")) === "superseded" ? "superseded" : "undone";
    }
  }
  return "confirmed";
}
