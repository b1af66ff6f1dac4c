import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { startLoop } from "./loop.ts";
import { inContext } from "./request-context.ts";
import { inSpan } from "./tracing.ts";
import { connectInstances, type WorkflowInstances } from "./workflow-instances.ts";
import {
  captureSdkOutput,
  type Runtime,
  type SdkContext,
  startWorker,
  type Worker,
} from "./workflow-worker.ts";

/** A step that Dapr remembers; a workflow yields it and gets its result. Made by a context only. */
export type DurableTask = object;

/** What a workflow may do. All else in it must come out the same at every replay: no clock, no chance, no I/O. */
export type WorkflowContext = {
  getWorkflowInstanceId: () => string;
  /** The same at every replay. */
  getCurrentUtcDateTime: () => Date;
  isReplaying: () => boolean;
  /** Seconds from now, or a moment. */
  createTimer: (fireAt: number | Date) => DurableTask;
  /** Runs an activity by its registered name, at least once; any JSON value goes in and comes out, `0` and `false` too. */
  callActivity: (name: string, input?: unknown) => DurableTask;
  setCustomStatus: (status: string) => void;
};

export type Workflow<Input, Output> = (
  ctx: WorkflowContext,
  input: Input,
) => AsyncGenerator<DurableTask, Output, unknown>;

export type WorkflowHost = WorkflowInstances & {
  /** Connects, and connects anew whenever the sidecar went away; never throws. */
  start: () => void;
  /** Takes no more work, lets running activities end for a few seconds, closes connections. */
  stop: () => Promise<void>;
  /** Whether work can arrive. */
  running: () => boolean;
};

export type WorkflowHostOptions = {
  dapr: Config["dapr"];
  log: Log;
  /** By the name under which instances are started, such as `checkout.v1`. */
  workflows: Record<string, Workflow<never, unknown>>;
  activities: Record<string, (input: never) => Promise<unknown>>;
  /** Work items at a time; the Dapr configuration bounds what arrives. */
  concurrency?: number;
};

const lookMs = 250;
const drainMs = 5_000;

/** Runs workflows and activities for this app's sidecar, through any number of its restarts. */
export function workflowHost(options: WorkflowHostOptions): WorkflowHost {
  const { log } = options;
  captureSdkOutput(log);
  const activities = runningActivities();
  const { close, ...instances } = connectInstances(options.dapr, log);
  let worker: Worker | undefined;
  let connected = false;
  const look = async () => {
    if (worker?.broken()) {
      worker.discard();
      worker = undefined;
      if (connected) log.warn("the workflow engine is away");
      connected = false;
    }
    worker ??= startWorker({ dapr: options.dapr, concurrency: options.concurrency ?? 110 }, (runtime) =>
      register(runtime, options, activities.track),
    );
    if (!connected && worker.up()) {
      connected = true;
      log.info("the workflow engine is connected");
    }
  };
  let looking: ReturnType<typeof startLoop> | undefined;
  return {
    start() {
      looking ??= startLoop({ name: "the workflow host", everyMs: lookMs, log }, look);
    },
    async stop() {
      await looking?.stop();
      const last = worker;
      worker = undefined;
      await Promise.all([last?.drain(drainMs), activities.settled(drainMs)]);
      close();
    },
    running: () => worker?.up() ?? false,
    ...instances,
  };
}

function register(runtime: Runtime, options: WorkflowHostOptions, track: Track): void {
  for (const [name, workflow] of Object.entries(options.workflows))
    runtime.registerWorkflowWithName(name, hosted(workflow as Workflow<unknown, unknown>));
  for (const [name, activity] of Object.entries(options.activities))
    runtime.registerActivityWithName(name, (_, envelope: Envelope) =>
      track(
        inContext(envelope.about, () => runActivity(name, activity, envelope.input as never, options.log)),
      ),
    );
}

/** What the log lines and calls of an activity are about, taken from the workflow's input. */
type About = { traceparent?: string; orderId?: string };
// The SDK loses inputs and results that are falsy; inside an object they arrive.
type Envelope = { about: About; input?: unknown };

function hosted(workflow: Workflow<unknown, unknown>) {
  return async function* (sdk: SdkContext, input: unknown): AsyncGenerator<DurableTask, unknown, unknown> {
    const calls = new WeakSet<DurableTask>();
    const steps = workflow(contextOf(sdk, aboutOf(input), calls), input);
    let step = await steps.next();
    while (!step.done) {
      let result: unknown;
      try {
        result = yield step.value;
      } catch (fault) {
        step = await steps.throw(fault);
        continue;
      }
      step = await steps.next(calls.has(step.value) ? (result as { result?: unknown }).result : result);
    }
    return step.value;
  };
}

function contextOf(sdk: SdkContext, about: About, calls: WeakSet<DurableTask>): WorkflowContext {
  return {
    getWorkflowInstanceId: () => sdk.getWorkflowInstanceId(),
    getCurrentUtcDateTime: () => sdk.getCurrentUtcDateTime(),
    isReplaying: () => sdk.isReplaying(),
    createTimer: (fireAt) => sdk.createTimer(fireAt),
    setCustomStatus: (status) => sdk.setCustomStatus(status),
    callActivity(name, input) {
      const task = sdk.callActivity(name, { about, input } satisfies Envelope);
      calls.add(task);
      return task;
    },
  };
}

function aboutOf(input: unknown): About {
  const { traceparent, orderId } = (input ?? {}) as Record<string, unknown>;
  return {
    ...(typeof traceparent === "string" && { traceparent }),
    ...(typeof orderId === "string" && { orderId }),
  };
}

async function runActivity(
  name: string,
  activity: (input: never) => Promise<unknown>,
  input: never,
  log: Log,
): Promise<{ result: unknown }> {
  try {
    return { result: await inSpan(`activity ${name}`, {}, () => activity(input)) };
  } catch (error) {
    log.warn({ err: error, activity: name }, "an activity failed");
    // The message alone goes into the workflow's history, which every replay reads again: no stack.
    const fault = new Error(error instanceof Error ? error.message : String(error));
    fault.stack = "";
    throw fault;
  }
}

type Track = <Result>(work: Promise<Result>) => Promise<Result>;

// Activities of a broken worker still run; the process must not close its database under them.
function runningActivities(): { track: Track; settled: (patienceMs: number) => Promise<unknown> } {
  const running = new Set<Promise<unknown>>();
  return {
    track(work) {
      running.add(work);
      const ended = () => running.delete(work);
      work.then(ended, ended);
      return work;
    },
    settled: (patienceMs) =>
      Promise.race([
        Promise.allSettled(running),
        new Promise((resolve) => setTimeout(resolve, patienceMs).unref()),
      ]),
  };
}
