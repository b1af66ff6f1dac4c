import type { SagaOfOrder, SagaStep, WorkflowState } from "@sockshop/contracts/order-saga.ts";
import { capitalised, plural } from "../format.ts";

export const kindLabels: Record<SagaOfOrder["kind"], string> = {
  checkout: "Checkout",
  cancel: "Cancellation",
  refund: "Refund",
};

/** Steps that take back what others did. */
const undoing = new Set(["return-stock", "void-payment", "release-stock", "finish-undo"]);
export const isUndo = ({ kind }: { kind: SagaOfOrder["kind"] }, step: string) =>
  kind === "checkout" && undoing.has(step);

/** `reserve-stock` as people read it. */
export const stepLabel = (step: string): string => {
  if (step === "requested") return "Waiting to be started";
  if (step === "started") return "Started, no step tried yet";
  return capitalised(step.replaceAll("-", " "));
};

export const outcomeLabels: Record<SagaStep["outcome"], string> = {
  done: "Done",
  undoing: "The order goes back",
  waiting: "Waiting, asks again",
  superseded: "Left to a later run, or nothing left to do",
  fault: "Failed, is tried again",
};
export const outcomeTones: Record<SagaStep["outcome"], string> = {
  done: "tag-good",
  undoing: "tag-warn",
  waiting: "tag-warn",
  superseded: "",
  fault: "tag-bad",
};

export function attemptsOf({ attempts, faults }: Pick<SagaStep, "attempts" | "faults">): string {
  return faults > 0 ? `${plural(attempts, "attempt")}, ${faults} failed` : plural(attempts, "attempt");
}

export const workflowLabels: Record<WorkflowState["status"], string> = {
  running: "Running",
  completed: "Completed",
  "continued-as-new": "Continued as new",
  failed: "Failed",
  terminated: "Terminated",
  pending: "Pending",
  suspended: "Suspended",
  gone: "Not known to Dapr: never started there, or forgotten since it finished",
  "no-answer": "Dapr did not answer",
};
export const workflowTones: Partial<Record<WorkflowState["status"], string>> = {
  running: "tag-warn",
  completed: "tag-good",
  failed: "tag-bad",
  terminated: "tag-bad",
  "no-answer": "tag-bad",
};

/** How one kind of work stands, in a word. */
export function standing({ finishedAt, isSilent, step }: SagaOfOrder): { label: string; tone: string } {
  if (finishedAt) return { label: "Finished", tone: "tag-good" };
  if (isSilent) return { label: "Silent: its next run is due", tone: "tag-bad" };
  return { label: step === "requested" ? "Waiting to be started" : "Under way", tone: "tag-warn" };
}
