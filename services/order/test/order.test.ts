import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evolve, isOver, type Order, orderAggregate } from "../src/order.ts";
import { decide, type OrderCommand, OrderRefusal } from "../src/order-decisions.ts";
import type { OrderEvent, OrderReason } from "../src/order-events.ts";
import { orderFacts } from "./sample-order.ts";

const { customerId, cartOwnerId, lines, totalCents } = orderFacts;
const place: OrderCommand = { type: "PlaceOrder", facts: orderFacts };
const record = (step: "StockReservedForOrder" | "PaymentAuthorizedForOrder" | "StockCommittedForOrder") =>
  ({ type: "RecordStep", step }) as const;
const toPivot: OrderCommand[] = [
  place,
  record("StockReservedForOrder"),
  record("PaymentAuthorizedForOrder"),
  record("StockCommittedForOrder"),
];
const captured: OrderCommand[] = [...toPivot, { type: "StartCapture" }];
const confirmed: OrderCommand[] = [...captured, { type: "Confirm" }];
const shipped: OrderCommand[] = [...confirmed, { type: "Ship" }];
const cancelled = { type: "RequestCancel", by: "customer" } as const;
const undo = (reason: OrderReason) => ({ type: "StartUndo", reason }) as const;

const given = (commands: OrderCommand[]): Order =>
  commands.reduce<Order>(
    (order, command) => decide(command, order).reduce(evolve, order),
    orderAggregate.initial,
  );
const types = (events: OrderEvent[]) => events.map((event) => event.type);
const when = (commands: OrderCommand[], command: OrderCommand) => decide(command, given(commands));
const refusal = (commands: OrderCommand[], command: OrderCommand) => {
  try {
    when(commands, command);
  } catch (error) {
    if (error instanceof OrderRefusal) return error.type;
    throw error;
  }
  return "accepted";
};

describe("the checkout", () => {
  test("a paid order is confirmed, and tells what was bought and from whose cart", () => {
    expect(when(captured, { type: "Confirm" })).toEqual([
      { type: "PaymentCapturedForOrder", data: { amountCents: totalCents } },
      { type: "OrderConfirmed", data: { customerId, cartOwnerId, lines } },
    ]);
  });

  test("each step repeated decides nothing", () => {
    for (const [index, command] of confirmed.entries())
      expect([command.type, when(confirmed.slice(0, index + 1), command)]).toEqual([command.type, []]);
  });

  test("nothing is captured before the stock is committed", () => {
    expect(refusal(toPivot.slice(0, 3), { type: "StartCapture" })).toBe("capture-barred");
    expect(refusal(toPivot, { type: "Confirm" })).toBe("not-capturing");
  });

  test("a cancellation or an undo bars the capture", () => {
    expect(refusal([...toPivot, cancelled], { type: "StartCapture" })).toBe("capture-barred");
    expect(refusal([...toPivot, undo("unavailable")], { type: "StartCapture" })).toBe("capture-barred");
  });

  test("after the pivot only the provider's refusal leads back", () => {
    expect(refusal(captured, undo("unavailable"))).toBe("past-the-pivot");
    expect(types(when(captured, undo("payment-failed")))).toEqual(["UndoStarted"]);
  });

  test("an undone order is rejected with its reason and the new prices", () => {
    const priceChanges = [{ sku: "A-1", seenCents: 1000, nowCents: 1200 }];
    const changed = { type: "StartUndo", reason: "price-changed", priceChanges } as const;
    expect(when([place, changed], { type: "FinishUndo" })).toEqual([
      { type: "OrderRejected", data: { customerId, reason: "price-changed", priceChanges } },
    ]);
    expect(refusal([place], { type: "FinishUndo" })).toBe("not-undoing");
  });

  test("an order cancelled short of the pivot ends as cancelled, whatever else would have ended it", () => {
    for (const reason of ["unavailable", "out-of-stock", "payment-declined"] as const)
      expect(when([place, cancelled, undo(reason)], { type: "FinishUndo" })).toEqual([
        { type: "OrderCancelled", data: { customerId, reason: "cancelled-by-customer" } },
      ]);
  });

  test("what comes late from the checkout of an order that is over decides nothing", () => {
    const rejected: OrderCommand[] = [place, undo("out-of-stock"), { type: "FinishUndo" }];
    for (const command of [...captured.slice(1), undo("unavailable"), { type: "Confirm" } as const])
      expect(when(rejected, command)).toEqual([]);
  });
});

describe("cancelling and shipping", () => {
  test("shipping bars cancelling, and cancelling bars shipping", () => {
    expect(refusal(shipped, cancelled)).toBe("already-shipped");
    expect(refusal([...confirmed, cancelled], { type: "Ship" })).toBe("cancel-in-progress");
  });

  test("a confirmed order is cancelled only when its money went back", () => {
    const asked = [...confirmed, cancelled];
    expect(refusal(asked, { type: "FinishCancel" })).toBe("not-refunded");
    const refunded: OrderCommand[] = [...asked, { type: "RecordRefund", refundId: "cancel" }];
    expect(types(when(asked, { type: "RecordRefund", refundId: "cancel" }))).toEqual([
      "PaymentRefundedForOrder",
    ]);
    expect(types(when(refunded, { type: "FinishCancel" }))).toEqual([
      "StockReturnedForOrder",
      "OrderCancelled",
    ]);
  });

  test("a cancellation past the pivot waits for the confirmation and is not forgotten by it", () => {
    const order = given([...captured, cancelled, { type: "Confirm" }]);
    expect(order).toMatchObject({ status: "confirmed", cancelRequestedBy: "customer" });
  });

  test("only a confirmed order is shipped, and only a shipped one delivered", () => {
    expect(refusal(captured, { type: "Ship" })).toBe("not-confirmed");
    expect(refusal(confirmed, { type: "Deliver" })).toBe("not-shipped");
    expect(types(when(shipped, { type: "Deliver" }))).toEqual(["OrderDelivered"]);
    expect(when(shipped, { type: "Ship" })).toEqual([]);
  });
});

describe("refunds", () => {
  const requested: OrderCommand[] = [...shipped, { type: "RequestRefund", refundId: "r1" }];

  test("only a paid order is refunded, and once", () => {
    expect(refusal(captured, { type: "RequestRefund", refundId: "r1" })).toBe("not-paid");
    expect(when(requested, { type: "RequestRefund", refundId: "r2" })).toEqual([]);
    expect(types(when(requested, { type: "RecordRefund", refundId: "r1" }))).toEqual([
      "PaymentRefundedForOrder",
      "OrderRefunded",
    ]);
    expect(refusal(shipped, { type: "RecordRefund", refundId: "r1" })).toBe("not-requested");
  });

  test("an order that is being refunded is neither shipped nor cancelled", () => {
    const refunding: OrderCommand[] = [...confirmed, { type: "RequestRefund", refundId: "r1" }];
    expect(refusal(refunding, { type: "Ship" })).toBe("refund-in-progress");
    expect(refusal(refunding, cancelled)).toBe("refund-in-progress");
    expect(refusal([...confirmed, cancelled], { type: "RequestRefund", refundId: "r1" })).toBe(
      "cancel-in-progress",
    );
  });

  test("goods that are under way are delivered although their refund is", () => {
    expect(given([...requested, { type: "Deliver" }])).toMatchObject({
      status: "delivered",
      refund: { id: "r1", paid: false },
    });
  });
});

test("an order follows its guest into the account, and later events name the account", () => {
  const order = given([...confirmed, { type: "Reown", customerId: "account" }]);
  expect(decide({ type: "Ship" }, order)).toEqual([
    { type: "OrderShipped", data: { customerId: "account" } },
  ]);
});

describe("whatever commands come in whatever order", () => {
  const reasons: OrderReason[] = ["out-of-stock", "payment-declined", "payment-failed", "unavailable"];
  const command: fc.Arbitrary<OrderCommand> = fc.oneof(
    fc.constantFrom<OrderCommand>(
      ...confirmed.slice(1),
      { type: "FinishUndo" },
      cancelled,
      { type: "RequestCancel", by: "shop" },
      { type: "FinishCancel" },
      { type: "RequestRefund", refundId: "r1" },
      { type: "RecordRefund", refundId: "r1" },
      { type: "RecordRefund", refundId: "cancel" },
      { type: "Ship" },
      { type: "Deliver" },
    ),
    fc.constantFrom(...reasons).map(undo),
  );
  const history = (commands: OrderCommand[]) => {
    const events: OrderEvent[] = [];
    let order: Order = orderAggregate.initial;
    for (const next of [place, ...commands]) {
      try {
        const decided = decide(next, order);
        if (isOver(order)) expect(decided).toEqual([]);
        order = decided.reduce(evolve, order);
        events.push(...decided);
      } catch (error) {
        if (!(error instanceof OrderRefusal)) throw error;
      }
    }
    return { order, seen: types(events) };
  };
  // Starting from each depth of the checkout, so that chance need not find the way there.
  const run = fc
    .tuple(fc.nat(confirmed.length - 1), fc.array(command, { maxLength: 25 }))
    .map(([depth, more]) => history([...confirmed.slice(1, depth + 1), ...more]));

  test("money taken for an order that came to nothing always went back", () => {
    fc.assert(
      fc.property(run, ({ order, seen }) => {
        const taken = seen.includes("PaymentCapturedForOrder");
        const givenBack = seen.filter((type) => type === "PaymentRefundedForOrder").length;
        if (order.status === "rejected") expect(taken).toBe(false);
        if (order.status === "cancelled" || order.status === "refunded")
          expect(givenBack).toBe(taken ? 1 : 0);
        expect(givenBack).toBeLessThanOrEqual(taken ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("nothing is shipped after a cancellation was asked for, and nothing captured after an undo began", () => {
    fc.assert(
      fc.property(run, ({ seen }) => {
        const after = (first: string, then: string) =>
          seen.includes(first as never) && seen.indexOf(then as never) > seen.indexOf(first as never);
        expect(after("OrderCancelRequested", "OrderShipped")).toBe(false);
        expect(after("OrderCancelRequested", "CaptureStarted")).toBe(false);
        expect(after("UndoStarted", "CaptureStarted")).toBe(false);
        expect(after("UndoStarted", "PaymentCapturedForOrder")).toBe(false);
        expect(after("RefundRequested", "OrderShipped")).toBe(false);
        expect(seen.length).toBe(new Set(seen).size);
      }),
      { numRuns: 2_000 },
    );
  });
});
