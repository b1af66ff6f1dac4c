import { isDeepStrictEqual } from "node:util";
import type { DurableTask, Workflow, WorkflowContext } from "../src/workflow-host.ts";

type Activities = Record<string, (input: never) => unknown>;
type Asked = { activity: string; input: unknown } | { seconds: number };
type Remembered = { asked: Asked; at: Date } & ({ result: unknown } | { fault: Error });

export type WorkflowRun<Output> = {
  output: Output;
  /** The activities in the order they were run, each as often as it was. */
  calls: { activity: string; input: unknown }[];
  /** How long its timers waited altogether. */
  waitedSeconds: number;
};

/**
 * Runs a workflow as Dapr does: after every step it begins anew and is told what it did before, so that one which does not
 * repeat itself is found out. Activities answer or throw as given; timers pass at once, on a clock of the run's own.
 */
export async function runWorkflow<Input, Output>(
  workflow: Workflow<Input, Output>,
  input: Input,
  activities: Activities,
  instanceId = "an-instance",
): Promise<WorkflowRun<Output>> {
  const history: Remembered[] = [];
  for (;;) {
    const next = await replay(workflow, input, history, instanceId);
    if ("output" in next) return { output: next.output, ...summary(history) };
    history.push(await perform(next.asked, activities, history.at(-1)?.at ?? began));
  }
}

const began = new Date("2026-01-01T00:00:00Z");

async function replay<Input, Output>(
  workflow: Workflow<Input, Output>,
  input: Input,
  history: Remembered[],
  instanceId: string,
): Promise<{ output: Output } | { asked: Asked }> {
  let known = 0;
  const ctx: WorkflowContext = {
    getWorkflowInstanceId: () => instanceId,
    getCurrentUtcDateTime: () => history[known - 1]?.at ?? began,
    isReplaying: () => known < history.length,
    createTimer: (fireAt) => ({
      seconds:
        typeof fireAt === "number"
          ? fireAt
          : (fireAt.getTime() - ctx.getCurrentUtcDateTime().getTime()) / 1_000,
    }),
    callActivity: (activity, given) => ({ activity, input: asJson(given) }),
    setCustomStatus() {},
  };
  const steps = workflow(ctx, asJson(input) as Input);
  let step: IteratorResult<DurableTask, Output> = await steps.next();
  for (const remembered of history) {
    if (step.done || !isDeepStrictEqual(step.value, remembered.asked))
      throw new Error(
        `not the same at replay: ${JSON.stringify(step.value)} after ${JSON.stringify(remembered.asked)}`,
      );
    known += 1;
    step = "fault" in remembered ? await steps.throw(remembered.fault) : await steps.next(remembered.result);
  }
  return step.done ? { output: step.value } : { asked: step.value as Asked };
}

async function perform(asked: Asked, activities: Activities, now: Date): Promise<Remembered> {
  if ("seconds" in asked) {
    const at = new Date(now.getTime() + asked.seconds * 1_000);
    return { asked, at, result: undefined };
  }
  const activity = activities[asked.activity];
  if (!activity) throw new Error(`no activity ${asked.activity} was given to this run`);
  try {
    return { asked, at: now, result: asJson(await activity(asked.input as never)) };
  } catch (error) {
    return { asked, at: now, fault: error as Error };
  }
}

function summary(history: Remembered[]) {
  const asked = history.map((remembered) => remembered.asked);
  return {
    calls: asked.filter((step) => "activity" in step),
    waitedSeconds: asked.reduce((sum, step) => sum + ("seconds" in step ? step.seconds : 0), 0),
  };
}

// What does not survive JSON must not survive a test either.
const asJson = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));
