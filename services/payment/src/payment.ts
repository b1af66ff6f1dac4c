import type { paymentEvents } from "@sockshop/contracts/payment.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import type { z } from "zod";

type Money = { amountCents: number; currency: string };

export type PaymentState =
  | { status: "none" }
  | ({ status: "authorized" } & Money)
  | ({ status: "declined" } & Money)
  | ({ status: "voided" } & Money)
  | ({ status: "captured"; refunds: Record<string, number> } & Money);

/** What the provider has settled, to be told as facts; a repeat tells nothing. */
export type PaymentCommand =
  | ({ type: "TellAuthorized" } & Money)
  | ({ type: "TellDeclined"; reason: string } & Money)
  | { type: "TellCaptured" }
  | { type: "TellVoided" }
  | { type: "TellRefunded"; refundId: string; amountCents: number };

export type PaymentEvent = {
  [Type in keyof typeof paymentEvents]: { type: Type; data: z.infer<(typeof paymentEvents)[Type]> };
}[keyof typeof paymentEvents];

/** One payment an order; its subject is the order's id. */
export const payment: Aggregate<PaymentState, PaymentCommand, PaymentEvent> = {
  stream: "payment",
  topic: "payment-events",
  initial: { status: "none" },
  decide,
  evolve,
};

function decide(command: PaymentCommand, state: PaymentState): PaymentEvent[] {
  switch (command.type) {
    case "TellAuthorized":
      return state.status === "none" ? [{ type: "PaymentAuthorized", data: moneyOf(command) }] : [];
    case "TellDeclined": {
      const data = { ...moneyOf(command), reason: command.reason };
      return state.status === "none" ? [{ type: "PaymentDeclined", data }] : [];
    }
    case "TellCaptured":
      if (state.status === "captured") return [];
      return [{ type: "PaymentCaptured", data: moneyOf(expect(state, "authorized")) }];
    case "TellVoided":
      // An authorization whose outcome never was known has told nothing that its void could take back.
      return state.status === "authorized" ? [{ type: "PaymentVoided", data: moneyOf(state) }] : [];
    case "TellRefunded":
      return refund(command, expect(state, "captured"));
  }
}

function refund(
  { refundId, amountCents }: { refundId: string; amountCents: number },
  state: Extract<PaymentState, { status: "captured" }>,
): PaymentEvent[] {
  if (refundId in state.refunds) return [];
  if (refundedCents(state) + amountCents > state.amountCents)
    throw new Error(`refund ${refundId} would give back more than was captured`);
  return [{ type: "PaymentRefunded", data: { amountCents, currency: state.currency, refundId } }];
}

/** Asks for a state that the operations have made sure of. */
function expect<Status extends PaymentState["status"]>(state: PaymentState, status: Status) {
  if (state.status !== status) throw new Error(`the payment is ${state.status}, not ${status}`);
  return state as Extract<PaymentState, { status: Status }>;
}

const moneyOf = ({ amountCents, currency }: Money): Money => ({ amountCents, currency });

const refundedCents = ({ refunds }: Extract<PaymentState, { status: "captured" }>): number =>
  Object.values(refunds).reduce((sum, cents) => sum + cents, 0);

/** What the shop holds of the customer's money: captured less refunded. */
export const paidCents = (state: PaymentState): number =>
  state.status === "captured" ? state.amountCents - refundedCents(state) : 0;

function evolve(state: PaymentState, event: PaymentEvent): PaymentState {
  switch (event.type) {
    case "PaymentAuthorized":
      return { status: "authorized", ...moneyOf(event.data) };
    case "PaymentDeclined":
      return { status: "declined", ...moneyOf(event.data) };
    case "PaymentCaptured":
      return { status: "captured", ...moneyOf(event.data), refunds: {} };
    case "PaymentVoided":
      return { status: "voided", ...moneyOf(event.data) };
    case "PaymentRefunded": {
      if (state.status !== "captured") return state;
      const { refundId, amountCents } = event.data;
      return { ...state, refunds: { ...state.refunds, [refundId]: amountCents } };
    }
  }
}
