import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../src/log.ts";
import { currentContext } from "../src/request-context.ts";
import { type Workflow, type WorkflowHost, workflowHost } from "../src/workflow-host.ts";
import { eventually } from "./postgres.ts";
import { history, type WorkflowSidecar, workflowSidecar } from "./workflow-sidecar.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const about = { orderId: "an-order", traceparent };

const double: Workflow<{ orderId: string; traceparent: string }, unknown> = async function* (ctx) {
  const first = yield ctx.callActivity("echo", 0);
  try {
    yield ctx.callActivity("fail");
  } catch {
    return { first, after: "the fault" };
  }
};

let sidecar: WorkflowSidecar;
let host: WorkflowHost;
let logged: string[];
let release: () => void;
const printed = vi.fn();

beforeEach(async () => {
  for (const way of ["log", "info", "debug", "warn", "error"] as const)
    vi.spyOn(console, way).mockImplementation(printed);
  sidecar = await workflowSidecar();
  logged = [];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  host = workflowHost({
    dapr: { httpPort: 1, grpcPort: sidecar.port, apiToken: "its-token" },
    log: createLog({ appId: "a-service", logLevel: "warn" }, { write: (line) => logged.push(line) }),
    workflows: { double },
    activities: {
      echo: async (input: unknown) => input,
      context: async () => currentContext(),
      nothing: async () => undefined,
      hold: () => held,
      fail: () => Promise.reject(new Error("a fault")),
    },
  });
});

afterEach(async () => {
  release();
  await host.stop();
  sidecar.kill();
  vi.restoreAllMocks();
  expect(printed, "the SDK's talk goes to the log alone").not.toHaveBeenCalled();
});

const connected = async () => {
  host.start();
  await eventually("the host is connected", () => host.running() && sidecar.streams.size === 1);
};
const results = (count: number) =>
  eventually(`${count} results`, () => sidecar.activities.length === count).then(() => sidecar.activities);

test("work arrives under the token of the app", async () => {
  expect(host.running()).toBe(false);
  await connected();
  expect([...sidecar.tokens]).toEqual(["its-token"]);
});

test("falsy inputs and results arrive as they are", async () => {
  await connected();
  for (const [task, input] of [0, false, "", null].entries())
    sidecar.handOutActivity("echo", task, { about: {}, input });
  sidecar.handOutActivity("nothing", 4, { about: {} });
  const found = (await results(5)).sort((a, b) => a.task - b.task);
  expect(found.map(({ result }) => result)).toEqual([
    { result: 0 },
    { result: false },
    { result: "" },
    { result: null },
    {},
  ]);
});

test("an activity runs under the order and the trace of its workflow", async () => {
  await connected();
  sidecar.handOutActivity("context", 1, { about });
  const [found] = await results(1);
  expect(found?.result).toEqual({ result: { ...about, requestId: traceparent.slice(3, 35) } });
});

test("a fault is reported by its message alone, and logged", async () => {
  await connected();
  sidecar.handOutActivity("fail", 1, { about });
  expect(await results(1)).toEqual([{ task: 1, failure: { message: "a fault", stack: "" } }]);
  expect(JSON.parse(logged[0] ?? "")).toMatchObject({ activity: "fail", orderId: "an-order" });
});

test("more work at once than the SDK takes by itself is all done", async () => {
  await connected();
  for (let task = 1; task <= 300; task += 1) sidecar.handOutActivity("hold", task, { about: {} });
  sidecar.handOutActivity("hold", 301, { about: {} });
  release();
  expect(new Set((await results(301)).map(({ task }) => task)).size).toBe(301);
});

test("a workflow passes on what it is about, gets results unwrapped, and catches faults", async () => {
  await connected();
  const past = [
    history.newOrchestratorStartedEvent?.(new Date()),
    history.newExecutionStartedEvent?.("double", "an-instance", JSON.stringify(about)),
  ];
  sidecar.handOutWorkflow("an-instance", past);
  await eventually("the first step", () => sidecar.workflows.length === 1);
  expect(sidecar.workflows[0].actionsList[0].scheduletask.name).toBe("echo");
  expect(JSON.parse(sidecar.workflows[0].actionsList[0].scheduletask.input.value)).toEqual({
    about,
    input: 0,
  });
  sidecar.handOutWorkflow(
    "an-instance",
    [history.newTaskFailedEvent?.(2, new Error("a fault"))],
    [
      ...past,
      history.newTaskScheduledEvent?.(1, "echo"),
      history.newTaskCompletedEvent?.(1, JSON.stringify({ result: 0 })),
      history.newTaskScheduledEvent?.(2, "fail"),
    ],
  );
  await eventually("the end", () => sidecar.workflows.length === 2);
  const [completed] = sidecar.workflows[1].actionsList;
  expect(JSON.parse(completed.completeorchestration.result.value)).toEqual({ first: 0, after: "the fault" });
});

test("a killed sidecar is found again on every return, with one stream and no other", async () => {
  await connected();
  for (let round = 0; round < 5; round += 1) {
    sidecar.kill();
    await eventually("the host notices", () => !host.running());
    sidecar = await workflowSidecar(sidecar.port);
    await connected();
    sidecar.handOutActivity("echo", round, { about: {}, input: round });
    expect(await results(1)).toEqual([{ task: round, result: { result: round } }]);
  }
});

test("a stream that the sidecar ends in peace is opened again", async () => {
  await connected();
  for (const stream of sidecar.streams) stream.end();
  sidecar.streams.clear();
  await connected();
});

test("stopping lets running work report, and leaves what has not begun", async () => {
  await connected();
  sidecar.handOutActivity("hold", 1, { about: {} });
  sidecar.handOutActivity("echo", 2, { about: {} });
  await results(1);
  const stopped = host.stop();
  await eventually("the host takes no more", () => !host.running());
  sidecar.handOutActivity("echo", 3, { about: {} });
  release();
  await stopped;
  expect(sidecar.activities.map(({ task }) => task)).toEqual([2, 1]);
  await eventually("the stream is closed", () => sidecar.streams.size === 0);
});

test("an instance is started once, and is said to exist after that", async () => {
  expect(await host.schedule("double", "an-instance", about)).toBe("started");
  expect(await host.schedule("double", "an-instance", about)).toBe("exists");
});

test("scheduling waits for a sidecar on its way back, and says 503 when there is none", async () => {
  sidecar.kill();
  const waiting = host.schedule("double", "an-instance", about);
  sidecar = await workflowSidecar(sidecar.port);
  expect(await waiting).toBe("started");
  sidecar.kill();
  await expect(host.schedule("double", "another", about)).rejects.toMatchObject({ status: 503 });
});
