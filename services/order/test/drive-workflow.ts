import type { Workflow, WorkflowContext } from "@sockshop/platform/workflow-host.ts";
import { instanceId, type SagaRun } from "../src/sagas.ts";

type Task = { activity: string; input: unknown } | { timer: number };
/** Answers an activity as Dapr would: with its result, or by throwing its fault. */
export type Answer = (activity: string, input: SagaRun) => unknown;

/** Drives a workflow to its end; timers fire at once. */
export async function drive<Output>(
  workflow: Workflow<SagaRun, Output>,
  run: SagaRun,
  answer: Answer,
): Promise<{ output: Output; calls: string[]; timers: number[] }> {
  const calls: string[] = [];
  const timers: number[] = [];
  const steps = workflow(fakeContext(run), run);
  let step = await steps.next();
  while (!step.done) {
    const task = step.value as Task;
    if ("timer" in task) {
      timers.push(task.timer);
      step = await steps.next();
      continue;
    }
    calls.push(task.activity);
    try {
      const result = await answer(task.activity, task.input as SagaRun);
      step = await steps.next(result);
    } catch (error) {
      if (error instanceof Crash) throw error;
      step = await steps.throw(error);
    }
  }
  return { output: step.value, calls, timers };
}

/** Ends the driving itself, as a process that dies would. */
export class Crash extends Error {
  override name = "Crash";
}

const fakeContext = (run: SagaRun): WorkflowContext => ({
  getWorkflowInstanceId: () => instanceId(run),
  getCurrentUtcDateTime: () => new Date(0),
  isReplaying: () => false,
  setCustomStatus: () => {},
  createTimer: (timer) => ({ timer }),
  callActivity: (activity, input) => ({ activity, input }),
});
