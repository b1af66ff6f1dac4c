import { expect, test } from "vitest";
import { type PaymentCommand, type PaymentEvent, paidCents, payment } from "../src/payment.ts";

const money = { amountCents: 5_000, currency: "USD" };
const authorized: PaymentEvent = { type: "PaymentAuthorized", data: money };
const captured: PaymentEvent = { type: "PaymentCaptured", data: money };
const voided: PaymentEvent = { type: "PaymentVoided", data: money };
const refunded = (refundId: string, amountCents: number): PaymentEvent => ({
  type: "PaymentRefunded",
  data: { amountCents, currency: "USD", refundId },
});
const state = (events: PaymentEvent[]) => events.reduce(payment.evolve, payment.initial);
const given = (...events: PaymentEvent[]) => ({
  when: (command: PaymentCommand) => payment.decide(command, state(events)),
});

test("a payment is authorized, captured and refunded, each told once", () => {
  expect(given().when({ type: "TellAuthorized", ...money })).toEqual([authorized]);
  expect(given(authorized).when({ type: "TellAuthorized", ...money })).toEqual([]);
  expect(given(authorized).when({ type: "TellCaptured" })).toEqual([captured]);
  expect(given(authorized, captured).when({ type: "TellCaptured" })).toEqual([]);
  const refund: PaymentCommand = { type: "TellRefunded", refundId: "r1", amountCents: 2_000 };
  expect(given(authorized, captured).when(refund)).toEqual([refunded("r1", 2_000)]);
  expect(given(authorized, captured, refunded("r1", 2_000)).when(refund)).toEqual([]);
});

test("a declined payment says why, and a hold that was given up is voided", () => {
  expect(given().when({ type: "TellDeclined", ...money, reason: "declined" })).toEqual([
    { type: "PaymentDeclined", data: { ...money, reason: "declined" } },
  ]);
  expect(given(authorized).when({ type: "TellVoided" })).toEqual([voided]);
  expect(given().when({ type: "TellVoided" })).toEqual([]);
  expect(given(authorized, voided).when({ type: "TellVoided" })).toEqual([]);
});

test("what was not authorized cannot be captured, and no more is refunded than was captured", () => {
  expect(() => given().when({ type: "TellCaptured" })).toThrow("none, not authorized");
  expect(() => given(authorized, voided).when({ type: "TellCaptured" })).toThrow("voided");
  expect(() =>
    given(authorized, captured, refunded("r1", 4_000)).when({
      type: "TellRefunded",
      refundId: "r2",
      amountCents: 1_001,
    }),
  ).toThrow("more than was captured");
});

test("what the shop holds of the customer's money is what was captured less what was refunded", () => {
  expect(paidCents(state([authorized]))).toBe(0);
  expect(paidCents(state([authorized, captured]))).toBe(5_000);
  expect(paidCents(state([authorized, captured, refunded("r1", 2_000), refunded("r2", 500)]))).toBe(2_500);
});
