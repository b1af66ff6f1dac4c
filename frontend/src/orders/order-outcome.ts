import type { Order, OrderReason } from "@sockshop/contracts/order.ts";
import { happened, isUndoing } from "./order-steps.ts";

export type Outcome = {
  tone: "good" | "warn" | "bad";
  title: string;
  text: string;
  action?: { label: string; to: string };
};

const tryAnotherCard = { label: "Try another card", to: "/checkout" };
const reviewLines = { label: "Review what you chose", to: "/cart" };

const refusals: Record<OrderReason, Omit<Outcome, "tone">> = {
  "out-of-stock": {
    title: "Someone was faster",
    text: "Not everything in this order is still in stock. Nothing was charged, and your cart is as you left it.",
    action: reviewLines,
  },
  "price-changed": {
    title: "A price changed while you ordered",
    text: "We charge what you saw or nothing. Nothing was charged; your cart shows the new prices.",
    action: reviewLines,
  },
  "payment-declined": {
    title: "The bank declined this card",
    text: "Nothing was charged, and your cart is as you left it.",
    action: tryAnotherCard,
  },
  "payment-failed": {
    title: "The payment did not go through",
    text: "Nothing was charged, and your cart is as you left it.",
    action: tryAnotherCard,
  },
  "cancelled-by-customer": { title: "You cancelled this order", text: "" },
  "cancelled-by-shop": { title: "The shop cancelled this order", text: "" },
  unavailable: {
    title: "The order could not be completed in time",
    text: "A part of the shop was away for too long. Nothing was charged, and your cart is as you left it.",
    action: { label: "Try once more", to: "/checkout" },
  },
};

/** What the customer should know about an order that does not simply go on, and what can be done. */
export function orderOutcome(order: Order): Outcome | undefined {
  if (order.status === "rejected") return refusal(order);
  if (order.status === "cancelled") return { ...refusal(order), tone: "warn", text: moneyAfterCancel(order) };
  if (order.status === "refunded")
    return { tone: "warn", title: "This order was refunded", text: "The full amount goes back to the card." };
  if (isUndoing(order))
    return {
      tone: "warn",
      title: "This order is being undone",
      text: "What was reserved and authorized is given back; this page says when that is through.",
    };
  if (happened(order, "cancel-requested") || happened(order, "refund-requested"))
    return {
      tone: "warn",
      title: happened(order, "cancel-requested") ? "Cancelling" : "Refunding",
      text: "This is under way; this page says when it is through.",
    };
  return undefined;
}

function refusal(order: Order): Outcome {
  return { tone: "bad", ...refusals[order.reason ?? "unavailable"] };
}

function moneyAfterCancel({ payment }: Order): string {
  if (payment.status === "refunded") return "What was paid goes back to the card.";
  return payment.status === "captured" ? "The refund is on its way." : "Nothing was charged.";
}
