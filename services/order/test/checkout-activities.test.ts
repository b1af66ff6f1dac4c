import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { paymentToken } from "../src/order-details.ts";
import { orderOfCart } from "../src/placed-carts.ts";
import { openSagas, placeSample, shownOrder, timelineOf } from "./order-fixture.ts";
import { all, back, done, forward, openSagaBench, operation } from "./saga-bench.ts";
import { orderFacts } from "./sample-order.ts";

const bench = await openSagaBench();
const { database, calls, operations, answerWith, forgetCalls, running, age } = bench;
afterAll(() => bench.stop());
beforeEach(() => {
  answerWith(all());
  forgetCalls();
});

describe("a checkout that goes well", () => {
  test("confirms the order, forgets the token and keeps the cart's version taken", async () => {
    const customerId = crypto.randomUUID();
    const run = await placeSample(database, customerId);
    expect(await running(run)).toBe("confirmed");
    expect(operations()).toEqual(forward);
    expect(calls[1]?.body).toEqual({
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
    answerWith((call) =>
      operation(call) === step && left-- > 0
        ? { status: 500, body: { errorCode: "ERR_DIRECT_INVOKE" } }
        : done,
    );
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
      answerWith(all({ [step]: { status: "refused", ...refusal } }));
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
    answerWith(all({ authorize: { status: "refused" } }));
    await running(run);
    expect(await orderOfCart(database, { cartOwnerId: customerId, cartVersion: 3 })).toBeUndefined();
    expect((await placeSample(database, customerId)).generation).toBe(1);
  });
});

describe("a checkout that runs out of patience", () => {
  test.each(forward.slice(0, 3))("short of the pivot, at %s, undoes itself as unavailable", async (step) => {
    const run = await placeSample(database);
    answerWith(async (call) => {
      if (operation(call) !== step) return done;
      await age(run, 1_000);
      return { status: 503, body: {} };
    });
    expect(await running(run)).toBe("undone");
    const order = await shownOrder(database, run.orderId);
    expect(order).toMatchObject({ status: "rejected", reason: "unavailable" });
    expect(operations().slice(-1)).toEqual(["release"]);
  });

  test("past the pivot only goes forward", async () => {
    const run = await placeSample(database);
    let left = 5;
    answerWith(async (call) => {
      if (operation(call) !== "capture" || left-- === 0) return done;
      await age(run, 1_000);
      return { status: 503, body: {} };
    });
    expect(await running(run)).toBe("confirmed");
  });

  test("stays placed until the undo is through", async () => {
    const run = await placeSample(database);
    await age(run, 1_000);
    let seen: string[] = [];
    answerWith(async (call) => {
      if (operation(call) === "release") seen = await timelineOf(database, run.orderId);
      return done;
    });
    await running(run);
    expect(seen).toEqual(["placed", "undoing"]);
  });
});
