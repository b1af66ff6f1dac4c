import type { Interceptor } from "@grpc/grpc-js";
import type { Config } from "./config.ts";
import { DaprWorkflowClient } from "./dapr-sdk.ts";
import type { Log } from "./log.ts";
import { unavailable } from "./problem.ts";
import { currentContext } from "./request-context.ts";
import { connectionOptions } from "./workflow-worker.ts";

const callSeconds = 5;
// Longer than a sidecar takes to come back after it was killed.
const patienceMs = 3_000;

export type WorkflowStatus = {
  name: string;
  status: "running" | "completed" | "continued-as-new" | "failed" | "terminated" | "pending" | "suspended";
  createdAt: Date;
  lastUpdatedAt: Date;
  output?: unknown;
  customStatus?: string;
  /** The message of the error that ended it. */
  failure?: string;
};

export type WorkflowInstances = {
  /** Starts an instance; a finished one of that id is run again. Throws a 503 problem when that is not certain within 8 s. */
  schedule: (workflowName: string, instanceId: string, input: unknown) => Promise<"started" | "exists">;
  status: (instanceId: string) => Promise<WorkflowStatus | undefined>;
  terminate: (instanceId: string) => Promise<void>;
  /** Forgets a finished instance; false when there is none. */
  purge: (instanceId: string) => Promise<boolean>;
};

const statusNames: Record<number, WorkflowStatus["status"]> = {
  0: "running",
  1: "completed",
  2: "continued-as-new",
  3: "failed",
  5: "terminated",
  6: "pending",
  7: "suspended",
};

/** The sidecar's workflow instances, over a channel of its own that connects again by itself. */
export function connectInstances(dapr: Config["dapr"], log: Log): WorkflowInstances & { close: () => void } {
  const client = new DaprWorkflowClient(boundedConnection(dapr));
  const ask = <Answer>(call: () => Promise<Answer>) =>
    patiently(call).catch((error: unknown) => {
      log.warn({ reason: String(error) }, "the workflow engine did not answer");
      throw unavailable("The workflow engine");
    });
  return {
    async schedule(workflowName, instanceId, input) {
      return ask(async () => {
        try {
          await client.scheduleNewWorkflow(workflowName, input, instanceId);
          return "started";
        } catch (error) {
          if (codeOf(error) === alreadyExists) return "exists";
          throw error;
        }
      });
    },
    async status(instanceId) {
      const state = await ask(() => client.getWorkflowState(instanceId, true));
      if (!state) return undefined;
      const { name, createdAt, lastUpdatedAt, serializedOutput, customStatus, workflowFailureDetails } =
        state;
      return {
        name,
        status: statusNames[state.runtimeStatus] ?? "pending",
        createdAt,
        lastUpdatedAt,
        ...(serializedOutput && { output: JSON.parse(serializedOutput) as unknown }),
        ...(customStatus && { customStatus }),
        ...(workflowFailureDetails && { failure: workflowFailureDetails.getErrorMessage() }),
      };
    },
    terminate: (instanceId) => ask(() => client.terminateWorkflow(instanceId, undefined)),
    close() {
      // It closes at once, and then only lets a second pass.
      client.stop().catch(() => {});
    },
    purge: (instanceId) => ask(() => client.purgeWorkflow(instanceId)),
  };
}

// Scheduling twice is harmless but for an instance that ends in between, which runs again as any activity may.
async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = Date.now() + patienceMs; ; ) {
    try {
      return await call();
    } catch (error) {
      if (!(codeOf(error) === away || wasTorn(error)) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

// gRPC's status codes.
const unknown = 2;
const alreadyExists = 6;
const away = 14;

const codeOf = (error: unknown) => (error as { code?: number }).code;
// daprd reads an instance in several statements, and answers UNKNOWN when it moved on in between.
const wasTorn = (error: unknown) =>
  codeOf(error) === unknown && /missing from state store/.test(String(error));

// The SDK sets no deadline.
const callSettings = JSON.stringify({ methodConfig: [{ name: [{}], timeout: `${callSeconds}s` }] });

/** Tells the sidecar which trace a call belongs to, so that its spans of a workflow that the call starts do too. */
const withTraceparent = ((options, nextCall) => {
  const call = nextCall(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    const traceparent = currentContext()?.traceparent;
    if (traceparent) metadata.set("traceparent", traceparent);
    start(metadata, listener);
  };
  return call;
}) as Interceptor;

function boundedConnection(dapr: Config["dapr"]) {
  const connection = connectionOptions(dapr);
  const grpcOptions = {
    ...connection.grpcOptions,
    "grpc.service_config": callSettings,
    interceptors: [withTraceparent],
  };
  return { ...connection, grpcOptions };
}
