import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { testDatabase } from "../../platform/test/postgres.ts";
import { runWorkflow } from "../../platform/test/workflow-run.ts";
import { checkoutActivities } from "../src/checkout-activities.ts";
import { checkout } from "../src/checkout-workflow.ts";
import { refundActivities } from "../src/refund-activities.ts";
import { cancel, refund } from "../src/refund-workflows.ts";
import type { StepOutcome } from "../src/saga-steps.ts";
import { recorded } from "../src/saga-trail.ts";
import { instanceId, type SagaRun, takeOver } from "../src/sagas.ts";
import { type Call, type Handler, standInSidecar } from "./stand-in-sidecar.ts";

export const done = { status: 200, body: { status: "done" } };
export const forward = ["reserve", "authorize", "commit", "capture"];
export const back = ["return", "void", "release"];
/** The last part of a call's path: `reserve`, `capture`, … */
export const operation = (call: Call) => call.path.split("/").at(-1) ?? "";
/** Catalog and Payment do everything, but for the operations named. */
export const all =
  (but: Record<string, object> = {}): Handler =>
  (call) => {
    const other = but[operation(call)];
    return other ? { status: 200, body: other } : done;
  };

const workflows = { checkout, cancel, refund };

/** The sagas on a real database, with Catalog and Payment in the test's hands. */
export async function openSagaBench() {
  const { database, drop } = await testDatabase(new URL("../migrations/", import.meta.url));
  let answer: Handler = all();
  const standIn = await standInSidecar((call) => answer(call));
  const parts = { database, sidecar: standIn.sidecar, patienceSeconds: 120 };
  const log = createLog({ appId: "order", logLevel: "silent" });
  const activities = recorded(
    { database, log },
    { ...checkoutActivities(parts), ...refundActivities(parts) },
  );
  return {
    database,
    calls: standIn.calls,
    operations: () => standIn.calls.map(operation),
    answerWith(handler: Handler) {
      answer = handler;
    },
    forgetCalls: () => void standIn.calls.splice(0),
    /** Runs a saga's workflow; with `lostAfter` nothing of it happens any more once that activity has ended. */
    async running(run: SagaRun, lostAfter?: string) {
      const mortal = lossy(activities, lostAfter);
      return (await runWorkflow<SagaRun, string>(workflows[run.kind], run, mortal, instanceId(run))).output;
    },
    nextRun: (run: SagaRun) => nextRun(database, run),
    markStarted: (run: SagaRun) =>
      database.query("update sagas set step = 'started' where order_id = $1", [run.orderId]),
    /** Lets a saga look as if it had begun that much earlier. */
    age: (run: SagaRun, seconds: number) =>
      database.query(
        "update sagas set started_at = started_at - make_interval(secs => $2) where order_id = $1",
        [run.orderId, seconds],
      ),
    async stop() {
      await standIn.stop();
      await drop();
    },
  };
}

type Activity = (run: SagaRun) => Promise<StepOutcome>;

function lossy(
  activities: Record<string, Activity>,
  lostAfter: string | undefined,
): Record<string, Activity> {
  let lost = false;
  const mortal = (name: string, work: Activity): Activity => {
    return async (run) => {
      if (lost) return "superseded";
      const outcome = await work(run);
      lost = name === lostAfter;
      return outcome;
    };
  };
  return Object.fromEntries(Object.entries(activities).map(([name, work]) => [name, mortal(name, work)]));
}

async function nextRun(database: Database, { orderId, kind }: SagaRun): Promise<SagaRun> {
  const run = await withTransaction(database, (tx) =>
    takeOver(tx, { orderId, kind }, { silenceSeconds: -1, unstartedSeconds: -1 }),
  );
  if (!run) throw new Error("the saga was not taken over");
  return run;
}
