import clientModule from "@dapr/dapr/workflow/client/DaprWorkflowClient.js";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { unavailable } from "./problem.ts";
import { connectionOptions } from "./workflow-worker.ts";

const DaprWorkflowClient = clientModule.default;

const callMs = 5_000;

export type WorkflowStatus = {
  name: string;
  status: "running" | "completed" | "continued-as-new" | "failed" | "terminated" | "pending" | "suspended";
  createdAt: Date;
  lastUpdatedAt: Date;
  output?: unknown;
  /** The message of the error that ended it. */
  failure?: string;
};

export type WorkflowInstances = {
  /** Starts an instance; a finished one of that id is run again. Throws a 503 problem when that is not certain within 5 s. */
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
export function connectInstances(
  dapr: Config["dapr"],
  log: Log,
): WorkflowInstances & { close: () => Promise<void> } {
  const client = new DaprWorkflowClient(boundedConnection(dapr));
  const ask = <Answer>(call: Promise<Answer>) =>
    call.catch((error: unknown) => {
      log.warn({ err: error }, "the workflow engine did not answer");
      throw unavailable("The workflow engine");
    });
  return {
    async schedule(workflowName, instanceId, input) {
      const start = client.scheduleNewWorkflow(workflowName, input, instanceId).then(
        () => "started" as const,
        (error: unknown) => {
          if ((error as { code?: number }).code === alreadyExists) return "exists" as const;
          throw error;
        },
      );
      return ask(start);
    },
    async status(instanceId) {
      const state = await ask(client.getWorkflowState(instanceId, true));
      if (!state) return undefined;
      const { name, createdAt, lastUpdatedAt, serializedOutput, workflowFailureDetails } = state;
      return {
        name,
        status: statusNames[state.runtimeStatus] ?? "pending",
        createdAt,
        lastUpdatedAt,
        ...(serializedOutput && { output: JSON.parse(serializedOutput) as unknown }),
        ...(workflowFailureDetails && { failure: workflowFailureDetails.getErrorMessage() }),
      };
    },
    terminate: (instanceId) => ask(client.terminateWorkflow(instanceId, undefined)),
    close: () => client.stop(),
    purge: (instanceId) => ask(client.purgeWorkflow(instanceId)),
  };
}

/** gRPC's ALREADY_EXISTS. */
const alreadyExists = 6;

// The SDK sets no deadline on its calls.
function boundedConnection(dapr: Config["dapr"]) {
  const connection = connectionOptions(dapr);
  const bounded: Interceptor = (call, next) => next({ ...call, deadline: Date.now() + callMs });
  return { ...connection, grpcOptions: { ...connection.grpcOptions, interceptors: [bounded] } };
}

type Interceptor = (call: object, next: (call: object) => unknown) => unknown;
