import { newId } from "@sockshop/platform/ids.ts";
import type { Workflow } from "@sockshop/platform/workflow-host.ts";
import { describe, expect, test } from "vitest";
import { runWorkflow } from "../../platform/test/workflow-run.ts";
import { checkout } from "../src/checkout-workflow.ts";
import { cancel, refund } from "../src/refund-workflows.ts";
import type { StepOutcome } from "../src/saga-steps.ts";
import { instanceId, type SagaRun } from "../src/sagas.ts";

const orderId = newId();
const first: SagaRun = { orderId, kind: "checkout", generation: 1 };
const later: SagaRun = { orderId, kind: "checkout", generation: 2 };
const forward = ["reserveStock", "authorizePayment", "commitStock", "capturePayment"];
const back = ["returnStock", "voidPayment", "releaseStock"];
/** The undo of a step and of those before it. */
const undoFrom = (step: string) => back.slice(Math.max(0, 2 - forward.indexOf(step)));

type Answer = (activity: string, input: SagaRun) => unknown;
/** Everything is done, but for the activities named. */
const all =
  (but: Record<string, StepOutcome> = {}): Answer =>
  (activity) =>
    but[activity] ?? "done";
/** An activity throws so many times before it is answered. */
const faulty = (name: string, times: number, then: Answer): Answer => {
  let left = times;
  return (activity, input) => {
    if (activity === name && left-- > 0) throw new Error("the line is dead");
    return then(activity, input);
  };
};

const activities = [
  ...forward,
  ...back,
  "finishUndo",
  "awaitConfirmation",
  "refundPayment",
  "returnCancelledStock",
];
async function drive<Output>(workflow: Workflow<SagaRun, Output>, run: SagaRun, answer: Answer) {
  const answers = activities.map((name) => [name, (input: SagaRun) => answer(name, input)] as const);
  const { output, calls, waitedSeconds } = await runWorkflow(
    workflow,
    run,
    Object.fromEntries(answers),
    instanceId(run),
  );
  return { output, calls: calls.map((call) => call.activity), waitedSeconds };
}

describe("checkout.v1", () => {
  test("goes through its steps in order", async () => {
    expect(await drive(checkout, first, all())).toEqual({
      output: "confirmed",
      calls: forward,
      waitedSeconds: 0,
    });
  });

  test.each(forward)("a fault of %s is tried again until it is over", async (step) => {
    const { output, calls, waitedSeconds } = await drive(checkout, first, faulty(step, 12, all()));
    expect(output).toBe("confirmed");
    expect(calls.filter((call) => call === step)).toHaveLength(13);
    expect(waitedSeconds).toBeGreaterThan(12);
    expect(waitedSeconds).toBeLessThanOrEqual(12 * 5);
  });

  test.each(forward)(
    "an order that turns back at %s has what was begun undone, newest first",
    async (step) => {
      const { output, calls } = await drive(checkout, first, all({ [step]: "undoing" }));
      expect(output).toBe("undone");
      const reached = forward.slice(0, forward.indexOf(step) + 1);
      expect(calls).toEqual([...reached, ...undoFrom(step), "finishUndo"]);
    },
  );

  test.each([...back, "finishUndo"])(
    "an undo whose %s fails is tried again until it is through",
    async (step) => {
      const turned = faulty(step, 7, all({ capturePayment: "undoing" }));
      const { output, calls } = await drive(checkout, first, turned);
      expect(output).toBe("undone");
      expect(calls.filter((call) => call === step)).toHaveLength(8);
      expect(calls.at(-1)).toBe("finishUndo");
    },
  );

  test.each([...forward, ...back, "finishUndo"])("a run superseded at %s ends itself there", async (step) => {
    const turned: Record<string, StepOutcome> = forward.includes(step) ? {} : { capturePayment: "undoing" };
    const { output, calls } = await drive(checkout, first, all({ ...turned, [step]: "superseded" }));
    expect(output).toBe("superseded");
    expect(calls.at(-1)).toBe(step);
  });

  test("a later run that finds the order on its way back undoes whatever the earlier ones may have begun", async () => {
    const { calls } = await drive(checkout, later, all({ reserveStock: "undoing" }));
    expect(calls).toEqual(["reserveStock", ...back, "finishUndo"]);
  });

  test("its input holds ids and the generation alone", async () => {
    await drive(checkout, first, (_activity, input) => {
      expect(Object.keys(input).sort()).toEqual(["generation", "kind", "orderId"]);
      return "done";
    });
  });
});

describe("cancel.v1", () => {
  const run: SagaRun = { orderId, kind: "cancel", generation: 2 };
  const steps = ["awaitConfirmation", "refundPayment", "returnCancelledStock"];

  test("waits for the checkout to end before it gives back money and stock", async () => {
    let asked = 0;
    const { output, calls, waitedSeconds } = await drive(cancel, run, (activity) => {
      if (activity === "awaitConfirmation") asked += 1;
      return asked < 9 ? "waiting" : "done";
    });
    expect(output).toBe("cancelled");
    expect(calls).toEqual([...Array.from({ length: 8 }, () => "awaitConfirmation"), ...steps]);
    expect(waitedSeconds).toBe(1 + 2 + 3 + 4 + 5 * 4);
  });

  test.each(steps)("ends itself when superseded at %s, and tries its faults again", async (step) => {
    const ended = await drive(cancel, run, all({ [step]: "superseded" }));
    expect([ended.output, ended.calls.at(-1)]).toEqual(["superseded", step]);
    expect((await drive(cancel, run, faulty(step, 5, all()))).output).toBe("cancelled");
  });
});

test("refund.v1 tries until the money is back, and ends itself when superseded", async () => {
  const run: SagaRun = { orderId, kind: "refund", generation: 2 };
  const paid = await drive(refund, run, faulty("refundPayment", 5, all()));
  expect([paid.output, paid.calls.length]).toEqual(["refunded", 6]);
  expect((await drive(refund, run, all({ refundPayment: "superseded" }))).output).toBe("superseded");
});
