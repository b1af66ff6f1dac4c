import type { Config } from "./config.ts";
import { ConsoleLoggerService, WorkflowRuntime } from "./dapr-sdk.ts";
import type { Log } from "./log.ts";

export type Runtime = InstanceType<typeof WorkflowRuntime>;
export type SdkContext = Parameters<Parameters<Runtime["registerWorkflowWithName"]>[1]>[0];

// What the worker of this pinned version keeps private. A test fails when an upgrade renames any of it.
type InnerWorker = {
  _isRunning: boolean;
  _stopWorker: boolean;
  _stub: { close: () => void } | null;
  _responseStream: { destroyed: boolean; cancel: () => void; destroy: () => void } | null;
  _activeWorkItems: number;
  _maxConcurrentWorkItems: number;
  _workItemQueue: unknown[];
  _maxQueueSize: number;
};

/** One connection's life: once it is broken it stays so, and a new worker takes its place. */
export type Worker = {
  /** Whether the stream over which the sidecar hands out work is open. */
  up: () => boolean;
  broken: () => boolean;
  /** Takes nothing more, lets what runs end for at most `patienceMs`, and hands the rest back to the sidecar. */
  drain: (patienceMs: number) => Promise<void>;
  /** Cuts the connection at once: what still runs cannot report, and the sidecar hands it out again. */
  discard: () => void;
};

/** Settings of every gRPC channel to the sidecar, by the names of grpc-js. */
export const channelOptions = {
  // A shared pool would make a new channel wait out the backoff of the one before, which grows to two minutes.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 500,
  // daprd ends connections that ping more often than every 8 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 4_000,
};

const connectMs = 3_000;

/** Connects once, with no retries of its own; `register` gives the runtime its workflows and activities. */
export function startWorker(
  options: { dapr: Config["dapr"]; concurrency: number },
  register: (runtime: Runtime) => void,
): Worker {
  const runtime = new WorkflowRuntime(connectionOptions(options.dapr));
  register(runtime);
  const inner = (runtime as unknown as { worker: InnerWorker }).worker;
  inner._maxConcurrentWorkItems = options.concurrency;
  // Beyond its default of 100 the worker discards work without a word, and daprd waits for it for ever.
  inner._maxQueueSize = Number.POSITIVE_INFINITY;
  const connectBy = Date.now() + connectMs;
  runtime.start().catch(() => {});
  const up = () => inner._isRunning && inner._responseStream?.destroyed === false;
  const discard = () => {
    inner._stopWorker = true;
    inner._workItemQueue.length = 0;
    inner._responseStream?.cancel();
    inner._responseStream?.destroy();
    // With the channel closed, an attempt of the SDK's own to connect again fails and is its last.
    inner._stub?.close();
  };
  return {
    up,
    broken: () => !up() && (!inner._isRunning || inner._responseStream !== null || Date.now() > connectBy),
    discard,
    async drain(patienceMs) {
      inner._maxConcurrentWorkItems = 0;
      // daprd takes results only while the stream is open, so that goes last.
      for (const deadline = Date.now() + patienceMs; inner._activeWorkItems > 0 && Date.now() < deadline; )
        await new Promise((resolve) => setTimeout(resolve, 50));
      discard();
    },
  };
}

export const connectionOptions = (dapr: Config["dapr"]) => ({
  daprHost: "127.0.0.1",
  daprPort: String(dapr.grpcPort),
  daprApiToken: dapr.apiToken,
  grpcOptions: { ...channelOptions },
});

/** Sends what the SDK prints to the log instead; its inner classes make console loggers that nothing else can reach. */
export function captureSdkOutput(log: Log): void {
  const quiet = (message: unknown) => log.trace({ sdk: true }, String(message));
  Object.assign(ConsoleLoggerService.prototype, {
    verbose: quiet,
    debug: quiet,
    info: quiet,
    warn: (message: unknown) => log.debug({ sdk: true }, String(message)),
    error(message: unknown) {
      // A workflow that throws, or whose code no longer fits its history, ends for good; the rest is tried again.
      const ended = String(message).startsWith("[DurableTask, OrchestrationExecutor]");
      log[ended ? "error" : "debug"]({ sdk: true }, String(message));
    },
  });
}
