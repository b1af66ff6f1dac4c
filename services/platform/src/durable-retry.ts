import type { DurableTask, WorkflowContext } from "./workflow-host.ts";

/** Part of a workflow, used with `yield*`. */
export type Durable<Output> = AsyncGenerator<DurableTask, Output, unknown>;

export type Step = {
  /** The activity's registered name. */
  activity: string;
  input: unknown;
};

/** Runs an activity once; throws the fault it threw. */
export async function* runOnce<Output>(ctx: WorkflowContext, step: Step): Durable<Output> {
  return (yield ctx.callActivity(step.activity, step.input)) as Output;
}

/** Waits; a fraction of a second is allowed. */
export async function* pause(ctx: WorkflowContext, seconds: number): Durable<void> {
  yield ctx.createTimer(seconds);
}

/** Runs an activity until it ends without a fault. A refusal must be among its results, for a fault is tried again for ever. */
export async function* retryUntilDone<Output>(ctx: WorkflowContext, step: Step): Durable<Output> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = yield* tryOnce<Output>(ctx, step);
    if (outcome.done) return outcome.value;
    yield ctx.createTimer(delaySeconds(ctx, step, attempt));
  }
}

/** The same until a moment; then "gave-up", when what the last attempt did is not known. The first attempt is always made. */
export async function* retryUntil<Output>(
  ctx: WorkflowContext,
  step: Step & { giveUpAt: Date },
): Durable<Output | "gave-up"> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = yield* tryOnce<Output>(ctx, step);
    if (outcome.done) return outcome.value;
    const left = (step.giveUpAt.getTime() - ctx.getCurrentUtcDateTime().getTime()) / 1_000;
    if (left <= 0) return "gave-up";
    yield ctx.createTimer(Math.min(left, delaySeconds(ctx, step, attempt)));
  }
}

async function* tryOnce<Output>(
  ctx: WorkflowContext,
  step: Step,
): Durable<{ done: true; value: Output } | { done: false }> {
  let value: unknown;
  try {
    value = yield ctx.callActivity(step.activity, step.input);
  } catch {
    // The host has logged it where it happened; here only the replay would say it again.
    return { done: false };
  }
  return { done: true, value: value as Output };
}

const firstSeconds = 0.25;
const longestSeconds = 5;

/** Doubles from a quarter of a second to five, less up to half: spread between instances, and the same at every replay. */
export function delaySeconds(ctx: WorkflowContext, step: Step, attempt: number): number {
  const longest = Math.min(longestSeconds, firstSeconds * 2 ** (attempt - 1));
  const spread = chance(`${ctx.getWorkflowInstanceId()}/${step.activity}/${attempt}`);
  return longest * (1 - spread / 2);
}

/** A number in [0, 1) that depends on the text alone (FNV-1a, with a final mix so that near texts lie far apart). */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
