import { createRequire } from "node:module";

// The parts that run workflows, by their own files: the package as a whole brings an Express of its own, a third of a
// second at start and 30 MB. They are CommonJS, whose default exports Node, Deno and Vitest import in different ways.
const require = createRequire(import.meta.url);
const load = {
  runtime: require("@dapr/dapr/workflow/runtime/WorkflowRuntime.js"),
  client: require("@dapr/dapr/workflow/client/DaprWorkflowClient.js"),
  console: require("@dapr/dapr/logger/ConsoleLoggerService.js"),
} as {
  runtime: { default: typeof import("@dapr/dapr").WorkflowRuntime };
  client: { default: typeof import("@dapr/dapr").DaprWorkflowClient };
  console: { ConsoleLoggerService: typeof import("@dapr/dapr").ConsoleLoggerService };
};

export const WorkflowRuntime = load.runtime.default;
export const DaprWorkflowClient = load.client.default;
export const { ConsoleLoggerService } = load.console;
