import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { Order } from "./order.ts";
import { orderStore } from "./order-changes.ts";
import { type SagaRun, touchSaga } from "./sagas.ts";

export type SagaParts = {
  database: Database;
  sidecar: Sidecar;
  /** How long a checkout may stay short of its pivot. */
  patienceSeconds: number;
};

/**
 * How a step ended. `undoing`: the order is on its way back, and what was done must be undone. `waiting`: ask again.
 * `superseded`: a later run has the order, or there is nothing left to do; this run ends itself.
 */
export type StepOutcome = "done" | "undoing" | "waiting" | "superseded";

/** What Catalog and Payment answer to an operation. */
export type OperationOutcome = { status: "done" | "refused" | "undone" | "superseded" };

/** Runs `work` under the order's lock if this run still has the order; every call is a sign of life. */
export function underLock<Result>(
  { database }: SagaParts,
  run: SagaRun,
  step: string,
  work: (tx: Transaction, order: Order, ageSeconds: number) => Promise<Result>,
): Promise<Result | "superseded"> {
  return withTransaction(database, async (tx) => {
    const order = await orderStore.lock(tx, run.orderId);
    const saga = await touchSaga(tx, run, step);
    return saga ? work(tx, order, saga.ageSeconds) : ("superseded" as const);
  });
}

/** A step that takes back: nothing to take back is as good as taken back, and a refusal is a fault to try again. */
export async function compensate(
  parts: SagaParts,
  run: SagaRun,
  step: { name: string; call: () => Promise<OperationOutcome> },
): Promise<StepOutcome> {
  const begun = await underLock(parts, run, step.name, async () => "begun" as const);
  if (begun === "superseded") return begun;
  const { status } = await step.call();
  if (status === "superseded") return "superseded";
  if (status === "refused") throw new Error(`${step.name} was refused, although what it undoes was ours`);
  return "done";
}
