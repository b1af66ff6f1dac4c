import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";

const require = createRequire(import.meta.url);
const folder = "@dapr/dapr/workflow/internal/durabletask";
const pb = require(`${folder}/proto/orchestrator_service_pb.js`);
const service = require(`${folder}/proto/orchestrator_service_grpc_pb.js`).TaskHubSidecarServiceService;
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");
const { StringValue } = require("google-protobuf/google/protobuf/wrappers_pb.js");

type Call = { request: Message; metadata: grpc.Metadata };
// biome-ignore lint/suspicious/noExplicitAny: the SDK's generated messages carry no types that can be reached
type Message = any;
type Reply = (error: object | null, message?: Message) => void;
type WorkStream = {
  write: (message: Message) => void;
  end: () => void;
  on: (event: string, then: () => void) => void;
};

export type ActivityResult = { task: number; result?: unknown; failure?: { message: string; stack: string } };

/** The workflow part of a sidecar's gRPC port, which hands out the work a test gives it and keeps what comes back. */
export type WorkflowSidecar = {
  port: number;
  tokens: Set<string>;
  streams: Set<WorkStream>;
  activities: ActivityResult[];
  /** Actions of workflows, by their JSON. */
  workflows: Message[];
  started: string[];
  handOutActivity: (name: string, task: number, input: unknown) => void;
  handOutWorkflow: (instanceId: string, newEvents: Message[], pastEvents?: Message[]) => void;
  /** Ends every connection at once, as a killed process does. */
  kill: () => void;
};

export async function workflowSidecar(port = 0): Promise<WorkflowSidecar> {
  const server = new grpc.Server();
  const sidecar: WorkflowSidecar = {
    port,
    tokens: new Set(),
    streams: new Set(),
    activities: [],
    workflows: [],
    started: [],
    handOutActivity: (name, task, input) =>
      handOut(sidecar, "setActivityrequest", activityRequest(name, task, input)),
    handOutWorkflow: (id, newEvents, past = []) =>
      handOut(sidecar, "setOrchestratorrequest", workflowRequest(id, newEvents, past)),
    kill: () => server.forceShutdown(),
  };
  server.addService(service, handlers(sidecar));
  sidecar.port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return sidecar;
}

function handlers(sidecar: WorkflowSidecar) {
  return {
    hello: (_: Call, reply: Reply) => reply(null, new Empty()),
    getWorkItems(stream: WorkStream & Call) {
      for (const token of stream.metadata.get("dapr-api-token")) sidecar.tokens.add(String(token));
      sidecar.streams.add(stream);
      stream.on("cancelled", () => sidecar.streams.delete(stream));
    },
    completeActivityTask({ request }: Call, reply: Reply) {
      sidecar.activities.push(readActivity(request));
      reply(null, new pb.CompleteTaskResponse());
    },
    completeOrchestratorTask({ request }: Call, reply: Reply) {
      sidecar.workflows.push(request.toObject());
      reply(null, new pb.CompleteTaskResponse());
    },
    startInstance({ request }: Call, reply: Reply) {
      const id = request.getInstanceid();
      if (sidecar.started.includes(id))
        return reply({ code: grpc.status.ALREADY_EXISTS, details: "it runs" });
      sidecar.started.push(id);
      const response = new pb.CreateInstanceResponse();
      response.setInstanceid(id);
      reply(null, response);
    },
  };
}

function handOut(sidecar: WorkflowSidecar, kind: string, request: Message): void {
  const item = new pb.WorkItem();
  item[kind](request);
  for (const stream of sidecar.streams) stream.write(item);
}

function activityRequest(name: string, task: number, input: unknown): Message {
  const request = new pb.ActivityRequest();
  const instance = new pb.OrchestrationInstance();
  instance.setInstanceid("an-instance");
  request.setName(name);
  request.setTaskid(task);
  request.setOrchestrationinstance(instance);
  const value = new StringValue();
  value.setValue(JSON.stringify(input));
  request.setInput(value);
  return request;
}

function workflowRequest(instanceId: string, newEvents: Message[], pastEvents: Message[]): Message {
  const request = new pb.OrchestratorRequest();
  request.setInstanceid(instanceId);
  request.setNeweventsList(newEvents);
  request.setPasteventsList(pastEvents);
  return request;
}

function readActivity(response: Message): ActivityResult {
  const failure = response.getFailuredetails();
  const task = response.getTaskid();
  if (failure)
    return {
      task,
      failure: { message: failure.getErrormessage(), stack: failure.getStacktrace()?.getValue() },
    };
  return { task, result: JSON.parse(response.getResult().getValue()) };
}

/** The history events of the SDK, as the sidecar would send them. */
export const history: Record<string, (...given: unknown[]) => Message> = require(
  `${folder}/utils/pb-helper.util.js`,
);
