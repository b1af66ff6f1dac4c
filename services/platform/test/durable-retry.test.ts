import { expect, test } from "vitest";
import { delaySeconds, pause, retryUntil, retryUntilDone, runOnce } from "../src/durable-retry.ts";
import type { Workflow, WorkflowContext } from "../src/workflow-host.ts";
import { runWorkflow } from "./workflow-run.ts";

const persistent: Workflow<number, unknown> = async function* (ctx, input) {
  return yield* retryUntilDone(ctx, { activity: "work", input });
};
const patient: Workflow<number, unknown> = async function* (ctx, seconds) {
  const giveUpAt = new Date(ctx.getCurrentUtcDateTime().getTime() + seconds * 1_000);
  return yield* retryUntil(ctx, { activity: "work", input: seconds, giveUpAt });
};
const failing = (times: number) => {
  let failures = 0;
  return () => {
    if (failures++ < times) throw new Error("a fault");
    return "done";
  };
};
const named = (id: string) => ({ getWorkflowInstanceId: () => id }) as WorkflowContext;

test("a step that works is run once and waits for nothing", async () => {
  const run = await runWorkflow(persistent, 1, { work: () => false });
  expect(run).toEqual({ output: false, calls: [{ activity: "work", input: 1 }], waitedSeconds: 0 });
});

test("a fault is tried again until the step works, however often", async () => {
  const run = await runWorkflow(persistent, 1, { work: failing(40) });
  expect(run.output).toBe("done");
  expect(run.calls).toHaveLength(41);
  expect(run.waitedSeconds).toBeGreaterThan(40 * 2);
  expect(run.waitedSeconds).toBeLessThan(40 * 5);
});

test("a refusal is a result and is not tried again", async () => {
  const run = await runWorkflow(persistent, 1, { work: () => ({ refused: "out-of-stock" }) });
  expect(run.output).toEqual({ refused: "out-of-stock" });
  expect(run.calls).toHaveLength(1);
});

test("a step with a limit gives up there, after a last attempt at that moment", async () => {
  const run = await runWorkflow(patient, 30, { work: failing(1_000) });
  expect(run.output).toBe("gave-up");
  expect(run.waitedSeconds).toBeCloseTo(30);
});

test("a step with a limit that works in time says what it did", async () => {
  const run = await runWorkflow(patient, 30, { work: failing(3) });
  expect(run.output).toBe("done");
});

test("a step whose limit is past is still tried once", async () => {
  expect((await runWorkflow(patient, -1, { work: failing(0) })).output).toBe("done");
  expect((await runWorkflow(patient, -1, { work: failing(1) })).output).toBe("gave-up");
});

test("waits double up to five seconds, differ between instances and never between replays", () => {
  const step = { activity: "work", input: undefined };
  const waits = Array.from({ length: 12 }, (_, index) => delaySeconds(named("a"), step, index + 1));
  expect(waits[0]).toBeLessThanOrEqual(0.25);
  for (const [index, wait] of waits.entries()) {
    const longest = Math.min(5, 0.25 * 2 ** index);
    expect(wait).toBeGreaterThan(longest / 2 - 0.001);
    expect(wait).toBeLessThanOrEqual(longest);
  }
  expect(waits.map((_, index) => delaySeconds(named("a"), step, index + 1))).toEqual(waits);
  const others = Array.from({ length: 200 }, (_, index) => delaySeconds(named(`order-${index}`), step, 8));
  expect(new Set(others.map((wait) => wait.toFixed(2))).size).toBeGreaterThan(100);
});

test("a step run once throws its fault, and a pause passes", async () => {
  const once: Workflow<number, string> = async function* (ctx, input) {
    yield* pause(ctx, 1.5);
    try {
      return yield* runOnce<string>(ctx, { activity: "work", input });
    } catch (fault) {
      return (fault as Error).message;
    }
  };
  expect(await runWorkflow(once, 1, { work: failing(1) })).toMatchObject({
    output: "a fault",
    waitedSeconds: 1.5,
  });
});

test("a workflow that is not the same at every replay is found out by its tests", async () => {
  let times = 0;
  const fickle: Workflow<number, unknown> = async function* (ctx) {
    yield ctx.callActivity("work", times++);
    return yield ctx.callActivity("work", "again");
  };
  await expect(runWorkflow(fickle, 1, { work: () => 1 })).rejects.toThrow("not the same at replay");
});
