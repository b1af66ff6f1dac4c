import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openSagas, placeSample, shownOrder, timelineOf } from "./order-fixture.ts";
import { all, back, done, forward, openSagaBench, operation } from "./saga-bench.ts";

const bench = await openSagaBench();
const { database, operations, answerWith, forgetCalls, running, nextRun, markStarted } = bench;
afterAll(() => bench.stop());
beforeEach(() => {
  answerWith(all());
  forgetCalls();
});

describe("a run that was lost", () => {
  test.each(["reserveStock", "authorizePayment", "commitStock"])(
    "after %s is taken over, and the step is not asked for again",
    async (step) => {
      const run = await placeSample(database);
      await markStarted(run);
      await running(run, step);
      const next = await nextRun(run);
      expect(next.generation).toBe(2);
      expect(await running(next)).toBe("confirmed");
      expect(operations()).toEqual(forward);
      expect(await running(run)).toBe("superseded");
      expect(operations()).toEqual(forward);
    },
  );

  test("after the capture leaves nothing to do", async () => {
    const run = await placeSample(database);
    await running(run, "capturePayment");
    expect(await openSagas(database, run.orderId)).toEqual([]);
    expect(await running(run)).toBe("superseded");
    expect(operations()).toEqual(forward);
  });

  test("on its way back is taken over on its way back", async () => {
    const run = await placeSample(database);
    await markStarted(run);
    answerWith(all({ commit: { status: "refused", reason: "out-of-stock" } }));
    await running(run, "voidPayment");
    forgetCalls();
    expect(await running(await nextRun(run))).toBe("undone");
    expect(operations()).toEqual(back);
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "rejected",
      reason: "out-of-stock",
    });
  });

  test("and comes back in the middle of a call changes nothing any more", async () => {
    const run = await placeSample(database);
    await markStarted(run);
    answerWith(async (call) => {
      if (operation(call) === "authorize" && call.body.generation === 1) await nextRun(run);
      return done;
    });
    expect(await running(run)).toBe("superseded");
    expect(await timelineOf(database, run.orderId)).toEqual(["placed", "stock-reserved"]);
    expect(await running({ ...run, generation: 2 })).toBe("confirmed");
  });

  test("is told by the other services too when it is not the latest", async () => {
    const run = await placeSample(database);
    answerWith(all({ authorize: { status: "superseded" } }));
    expect(await running(run)).toBe("superseded");
    expect(await openSagas(database, run.orderId)).toEqual([{ kind: "checkout", generation: 1 }]);
  });
});
