import { pause, retryUntilDone } from "@sockshop/platform/durable-retry.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { currentContext, type RequestContext } from "@sockshop/platform/request-context.ts";
import { type Workflow, type WorkflowHost, workflowHost } from "@sockshop/platform/workflow-host.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, testDatabase } from "../../services/platform/test/postgres.ts";
import { daprFolder, startWorkflowEngine, type WorkflowEngine } from "./workflow-engine.ts";

const bin = daprFolder();
const restarts = Number(process.env.SIDECAR_RESTARTS ?? 20);
const atOnce = 10;
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

type Input = { steps: number; orderId: string; traceparent: string };

const walk: Workflow<Input, number[]> = async function* (ctx, { steps, orderId }) {
  const results: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    results.push(yield* retryUntilDone<number>(ctx, { activity: "step", input: { orderId, step } }));
    yield* pause(ctx, 0.3);
  }
  return results;
};

describe.skipIf(!bin)("a workflow host and its sidecar", () => {
  const ran: { orderId: string; step: number; context: RequestContext | undefined }[] = [];
  let engine: WorkflowEngine;
  let drop: () => Promise<void>;
  let host: WorkflowHost;

  beforeAll(async () => {
    const database = await testDatabase();
    drop = database.drop;
    engine = await startWorkflowEngine(bin ?? "", database.url);
    host = workflowHost({
      dapr: engine.dapr,
      log: createLog({ appId: "workflow-host-test", logLevel: process.env.LOG_LEVEL ?? "silent" }),
      workflows: { walk },
      activities: {
        step: async ({ orderId, step }: { orderId: string; step: number }) => {
          ran.push({ orderId, step, context: currentContext() });
          return step;
        },
      },
    });
    host.start();
    await eventually("the host is connected", () => host.running(), 30_000);
    await eventually(
      "a workflow starts",
      () =>
        start("first", 3).then(
          () => true,
          () => false,
        ),
      30_000,
    );
  });

  afterAll(async () => {
    await host?.stop();
    await engine?.stop();
    await drop?.();
  });

  const start = (id: string, steps: number) => host.schedule("walk", id, { steps, orderId: id, traceparent });
  const ended = (id: string) =>
    eventually(`${id} ends`, async () => (await host.status(id))?.status === "completed", 10_000);

  test("inputs and results arrive, falsy ones too, under the order and trace of the workflow", async () => {
    expect(await start("first", 3)).toBe("exists");
    await ended("first");
    expect(await host.status("first")).toMatchObject({
      name: "walk",
      status: "completed",
      output: [0, 1, 2],
    });
    expect(ran[0]?.context).toEqual({ orderId: "first", traceparent, requestId: traceparent.slice(3, 35) });
    expect(await host.purge("first")).toBe(true);
    expect(await host.status("first")).toBeUndefined();
  });

  test(`${restarts} kills of the sidecar: what was under way ends within 10 s of each restart`, {
    timeout: restarts * 30_000,
  }, async () => {
    for (let round = 1; round <= restarts; round += 1) {
      const ids = Array.from({ length: atOnce }, (_, index) => `round-${round}-${index}`);
      ran.length = 0;
      await Promise.all(ids.map((id) => start(id, 4)));
      // Another moment each time: while steps run, and while timers do.
      await eventually("some are under way", () => ran.length >= (round * 7) % (3 * atOnce), 10_000);
      await engine.killSidecar();
      await eventually("the host notices", () => !host.running());
      // Asked for while the sidecar is away, it starts when the sidecar is back.
      const late = eventually("it is taken", () =>
        start(`late-${round}`, 1).then(
          (answer) => /started|exists/.test(answer),
          () => false,
        ),
      );
      engine.startSidecar();
      await eventually("the host is connected again", () => host.running());
      await late;
      await Promise.all([...ids, `late-${round}`].map(ended));
      for (const id of ids) expect((await host.status(id))?.output).toEqual([0, 1, 2, 3]);
    }
  });
});
