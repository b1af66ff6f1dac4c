import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { requestCancel, requestRefund } from "../src/requests.ts";
import type { SagaRun } from "../src/sagas.ts";
import { openSagas, placeSample, shownOrder, timelineOf } from "./order-fixture.ts";
import { all, done, forward, openSagaBench, operation } from "./saga-bench.ts";
import { orderFacts } from "./sample-order.ts";
import type { Handler } from "./stand-in-sidecar.ts";

const bench = await openSagaBench();
const { database, calls, operations, answerWith, forgetCalls, running, nextRun, markStarted } = bench;
afterAll(() => bench.stop());
beforeEach(() => {
  answerWith(all());
  forgetCalls();
});

describe("a cancellation", () => {
  const cancelDuring = (run: SagaRun, step: string, started: SagaRun[]): Handler => {
    return async (call) => {
      if (operation(call) === step && started.length === 0 && call.body.generation === 1)
        await requestCancel({ database, start: (next) => void started.push(next) }, run.orderId, "customer");
      return done;
    };
  };

  test.each(forward.slice(0, 3))("during %s makes the checkout turn back by itself", async (step) => {
    const run = await placeSample(database);
    const started: SagaRun[] = [];
    answerWith(cancelDuring(run, step, started));
    expect(await running(run)).toBe("undone");
    expect(started).toEqual([]);
    expect(operations()).not.toContain("capture");
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "cancelled",
      reason: "cancelled-by-customer",
    });
  });

  test("during the capture waits for the confirmation, then gives back money and stock", async () => {
    const run = await placeSample(database);
    const started: SagaRun[] = [];
    answerWith(cancelDuring(run, "capture", started));
    expect(await running(run)).toBe("confirmed");
    expect(started).toMatchObject([{ kind: "cancel", generation: 2 }]);
    expect(await running(started[0] as SagaRun)).toBe("cancelled");
    expect(calls.find((call) => operation(call) === "refund")?.body).toEqual({
      orderId: run.orderId,
      generation: 2,
      refundId: "cancel",
      amountCents: orderFacts.totalCents,
    });
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "cancelled",
      reason: "cancelled-by-customer",
      payment: { status: "refunded" },
    });
    expect((await timelineOf(database, run.orderId)).slice(-5)).toEqual([
      "payment-captured",
      "confirmed",
      "payment-refunded",
      "stock-returned",
      "cancelled",
    ]);
    expect(await openSagas(database, run.orderId)).toEqual([]);
  });

  test("whose capture is then refused ends with the checkout, and its own run finds nothing to do", async () => {
    const run = await placeSample(database);
    const started: SagaRun[] = [];
    const during = cancelDuring(run, "capture", started);
    answerWith(async (call) => {
      await during(call);
      return operation(call) === "capture" ? { status: 200, body: { status: "refused" } } : done;
    });
    expect(await running(run)).toBe("undone");
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "cancelled",
      reason: "cancelled-by-customer",
      payment: { status: "voided" },
    });
    expect(await running(started[0] as SagaRun)).toBe("superseded");
    expect(operations()).not.toContain("refund");
  });

  test("whose checkout was taken over meanwhile is told so, and its next run is above every other of the order", async () => {
    const run = await placeSample(database);
    await markStarted(run);
    const started: SagaRun[] = [];
    let highest = 0;
    answerWith(async (call) => {
      const generation = Number(call.body.generation);
      if (generation < highest) return { status: 200, body: { status: "superseded" } };
      highest = generation;
      if (operation(call) === "capture" && started.length === 0) {
        await requestCancel({ database, start: (next) => void started.push(next) }, run.orderId, "customer");
        await markStarted(run);
        expect((await nextRun(run)).generation).toBe(3);
      }
      return done;
    });
    expect(await running(run)).toBe("superseded");
    expect(await running({ ...run, generation: 3 })).toBe("confirmed");
    const first = started[0] as SagaRun;
    expect(await running(first)).toBe("superseded");
    const second = await nextRun(first);
    expect(second.generation).toBe(4);
    expect(await running(second)).toBe("cancelled");
    expect(operations().filter((name) => name === "refund")).toHaveLength(2);
  });

  test("that lost its first run is finished by the next, and pays back once", async () => {
    const run = await placeSample(database);
    await running(run);
    const started: SagaRun[] = [];
    await requestCancel({ database, start: (next) => void started.push(next) }, run.orderId, "shop");
    const first = started[0] as SagaRun;
    await markStarted(first);
    await running(first, "refundPayment");
    const second = await nextRun(first);
    expect(second.generation).toBe(3);
    expect(await running(second)).toBe("cancelled");
    expect(operations().filter((name) => name === "refund")).toHaveLength(1);
    expect((await shownOrder(database, run.orderId)).reason).toBe("cancelled-by-shop");
  });
});

test("a refund pays back the whole of a paid order once, and ends it", async () => {
  const run = await placeSample(database);
  await running(run);
  const started: SagaRun[] = [];
  const start = (next: SagaRun) => void started.push(next);
  await requestRefund({ database, start }, run.orderId);
  await requestRefund({ database, start }, run.orderId);
  expect(started).toHaveLength(1);
  expect(await running(started[0] as SagaRun)).toBe("refunded");
  const refunds = calls.filter((call) => operation(call) === "refund");
  expect(refunds.map((call) => call.body.amountCents)).toEqual([orderFacts.totalCents]);
  expect(await shownOrder(database, run.orderId)).toMatchObject({
    status: "refunded",
    payment: { status: "refunded" },
  });
  expect(operations()).not.toContain("return");
});
