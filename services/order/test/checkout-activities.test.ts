import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { runWorkflow } from "../../platform/test/workflow-run.ts";
import { checkoutActivities } from "../src/checkout-activities.ts";
import { checkout } from "../src/checkout-workflow.ts";
import { paymentToken } from "../src/order-details.ts";
import { orderOfCart } from "../src/placed-carts.ts";
import { refundActivities } from "../src/refund-activities.ts";
import { cancel, refund } from "../src/refund-workflows.ts";
import { requestCancel, requestRefund } from "../src/requests.ts";
import type { SagaParts, StepOutcome } from "../src/saga-steps.ts";
import { instanceId, type SagaRun, takeOver } from "../src/sagas.ts";
import { openSagas, placeSample, shownOrder, timelineOf } from "./order-fixture.ts";
import { orderFacts } from "./sample-order.ts";
import { type Call, type Handler, standInSidecar } from "./stand-in-sidecar.ts";

let database: Database;
let drop: () => Promise<void>;
let standIn: Awaited<ReturnType<typeof standInSidecar>>;
let answer: Handler;
let parts: SagaParts;

const done = { status: 200, body: { status: "done" } };
const forward = ["reserve", "authorize", "commit", "capture"];
const back = ["return", "void", "release"];
const operation = (call: Call) => call.path.split("/").at(-1) ?? "";
const operations = () => standIn.calls.map(operation);
/** Everything is done, but for the operations named. */
const all =
  (but: Record<string, object> = {}): Handler =>
  (call) => {
    const other = but[operation(call)];
    return other ? { status: 200, body: other } : done;
  };

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  standIn = await standInSidecar((call) => answer(call));
  const log = createLog({ appId: "order", logLevel: "silent" });
  parts = { database, sidecar: standIn.sidecar, log, patienceSeconds: 120 };
});
afterAll(async () => {
  await standIn.stop();
  await drop();
});
beforeEach(() => {
  answer = all();
  standIn.calls.length = 0;
});

const workflows = { checkout, cancel, refund };
/** Runs a saga's workflow; with `lostAfter` nothing of it happens any more once that activity has ended. */
const running = async (run: SagaRun, lostAfter?: string) => {
  let lost = false;
  const activity = ([name, work]: [string, (run: SagaRun) => Promise<StepOutcome>]) => {
    const alive = async (input: SagaRun): Promise<StepOutcome> => {
      if (lost) return "superseded";
      const outcome = await work(input);
      lost = name === lostAfter;
      return outcome;
    };
    return [name, alive] as const;
  };
  const all = { ...checkoutActivities(parts), ...refundActivities(parts) };
  const lossy = Object.fromEntries(Object.entries(all).map(activity));
  return (await runWorkflow<SagaRun, string>(workflows[run.kind], run, lossy, instanceId(run))).output;
};
const nextRun = async ({ orderId, kind }: SagaRun): Promise<SagaRun> => {
  const run = await withTransaction(database, (tx) =>
    takeOver(tx, { orderId, kind }, { silenceSeconds: -1, unstartedSeconds: -1 }),
  );
  if (!run) throw new Error("the saga was not taken over");
  return run;
};
const markStarted = (run: SagaRun) =>
  database.query("update sagas set step = 'started' where order_id = $1", [run.orderId]);
const age = (run: SagaRun, seconds: number) =>
  database.query("update sagas set started_at = started_at - make_interval(secs => $2) where order_id = $1", [
    run.orderId,
    seconds,
  ]);

describe("a checkout that goes well", () => {
  test("confirms the order, forgets the token and keeps the cart's version taken", async () => {
    const customerId = crypto.randomUUID();
    const run = await placeSample(database, customerId);
    expect(await running(run)).toBe("confirmed");
    expect(operations()).toEqual(forward);
    expect(standIn.calls[1]?.body).toEqual({
      orderId: run.orderId,
      generation: 1,
      amountCents: orderFacts.totalCents,
      currency: "USD",
      token: "tok_visa",
    });
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "confirmed",
      payment: { status: "captured" },
    });
    expect(await timelineOf(database, run.orderId)).toEqual([
      "placed",
      "stock-reserved",
      "payment-authorized",
      "stock-committed",
      "capture-started",
      "payment-captured",
      "confirmed",
    ]);
    expect(await paymentToken(database, run.orderId)).toBeUndefined();
    expect(await openSagas(database, run.orderId)).toEqual([]);
    expect(await orderOfCart(database, { cartOwnerId: customerId, cartVersion: 3 })).toBe(run.orderId);
  });

  test.each(forward)("meets faults at %s and goes on when they are over", async (step) => {
    const run = await placeSample(database);
    let left = 3;
    answer = (call) =>
      operation(call) === step && left-- > 0
        ? { status: 500, body: { errorCode: "ERR_DIRECT_INVOKE" } }
        : done;
    expect(await running(run)).toBe("confirmed");
    expect(operations().filter((name) => name === step)).toHaveLength(4);
    expect((await shownOrder(database, run.orderId)).status).toBe("confirmed");
  });
});

describe("a refusal", () => {
  const priceChanges = [{ sku: "A-1", seenCents: 1000, nowCents: 1200 }];
  test.each([
    ["reserve", { reason: "out-of-stock" }, "out-of-stock", "pending", ["release"]],
    ["reserve", { reason: "unknown-product" }, "out-of-stock", "pending", ["release"]],
    ["reserve", { reason: "price-changed", priceChanges }, "price-changed", "pending", ["release"]],
    ["authorize", { reason: "insufficient_funds" }, "payment-declined", "declined", ["void", "release"]],
    ["commit", { reason: "out-of-stock" }, "out-of-stock", "voided", back],
    ["capture", { reason: "refused" }, "payment-failed", "failed", back],
  ])(
    "of %s %o rejects the order as %s and undoes what was begun",
    async (step, refusal, reason, payment, undone) => {
      const run = await placeSample(database);
      answer = all({ [step]: { status: "refused", ...refusal } });
      expect(await running(run)).toBe("undone");
      expect(operations()).toEqual([...forward.slice(0, forward.indexOf(step) + 1), ...undone]);
      const order = await shownOrder(database, run.orderId);
      expect(order).toMatchObject({ status: "rejected", reason, payment: { status: payment } });
      expect(order.reasonDetail).toMatch(/\w+\.$/);
      expect(order.priceChanges).toEqual(reason === "price-changed" ? priceChanges : undefined);
      expect(order.timeline.map((entry) => entry.status).slice(-2)).toEqual(["undoing", "rejected"]);
      expect(await paymentToken(database, run.orderId)).toBeUndefined();
      expect(await openSagas(database, run.orderId)).toEqual([]);
    },
  );

  test("frees the cart's version for another order", async () => {
    const customerId = crypto.randomUUID();
    const run = await placeSample(database, customerId);
    answer = all({ authorize: { status: "refused" } });
    await running(run);
    expect(await orderOfCart(database, { cartOwnerId: customerId, cartVersion: 3 })).toBeUndefined();
    expect((await placeSample(database, customerId)).generation).toBe(1);
  });
});

describe("a checkout that runs out of patience", () => {
  test.each(forward.slice(0, 3))("short of the pivot, at %s, undoes itself as unavailable", async (step) => {
    const run = await placeSample(database);
    answer = async (call) => {
      if (operation(call) !== step) return done;
      await age(run, 1_000);
      return { status: 503, body: {} };
    };
    expect(await running(run)).toBe("undone");
    const order = await shownOrder(database, run.orderId);
    expect(order).toMatchObject({ status: "rejected", reason: "unavailable" });
    expect(operations().slice(-1)).toEqual(["release"]);
  });

  test("past the pivot only goes forward", async () => {
    const run = await placeSample(database);
    let left = 5;
    answer = async (call) => {
      if (operation(call) !== "capture" || left-- === 0) return done;
      await age(run, 1_000);
      return { status: 503, body: {} };
    };
    expect(await running(run)).toBe("confirmed");
  });

  test("stays placed until the undo is through", async () => {
    const run = await placeSample(database);
    await age(run, 1_000);
    let seen: string[] = [];
    answer = async (call) => {
      if (operation(call) === "release") seen = await timelineOf(database, run.orderId);
      return done;
    };
    await running(run);
    expect(seen).toEqual(["placed", "undoing"]);
  });
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
    answer = cancelDuring(run, step, started);
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
    answer = cancelDuring(run, "capture", started);
    expect(await running(run)).toBe("confirmed");
    expect(started).toMatchObject([{ kind: "cancel", generation: 2 }]);
    expect(await running(started[0] as SagaRun)).toBe("cancelled");
    expect(standIn.calls.find((call) => operation(call) === "refund")?.body).toEqual({
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
    answer = async (call) => {
      await during(call);
      return operation(call) === "capture" ? { status: 200, body: { status: "refused" } } : done;
    };
    expect(await running(run)).toBe("undone");
    expect(await shownOrder(database, run.orderId)).toMatchObject({
      status: "cancelled",
      reason: "cancelled-by-customer",
      payment: { status: "voided" },
    });
    expect(await running(started[0] as SagaRun)).toBe("superseded");
    expect(operations()).not.toContain("refund");
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
  const refunds = standIn.calls.filter((call) => operation(call) === "refund");
  expect(refunds.map((call) => call.body.amountCents)).toEqual([orderFacts.totalCents]);
  expect(await shownOrder(database, run.orderId)).toMatchObject({
    status: "refunded",
    payment: { status: "refunded" },
  });
  expect(operations()).not.toContain("return");
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
    answer = all({ commit: { status: "refused", reason: "out-of-stock" } });
    await running(run, "voidPayment");
    standIn.calls.length = 0;
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
    answer = async (call) => {
      if (operation(call) === "authorize" && call.body.generation === 1) await nextRun(run);
      return done;
    };
    expect(await running(run)).toBe("superseded");
    expect(await timelineOf(database, run.orderId)).toEqual(["placed", "stock-reserved"]);
    expect(await running({ ...run, generation: 2 })).toBe("confirmed");
  });

  test("is told by the other services too when it is not the latest", async () => {
    const run = await placeSample(database);
    answer = all({ authorize: { status: "superseded" } });
    expect(await running(run)).toBe("superseded");
    expect(await openSagas(database, run.orderId)).toEqual([{ kind: "checkout", generation: 1 }]);
  });
});
