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

const refusals: Record<OrderReason, Pick<Outcome, "title" | "action">> = {
  "out-of-stock": { title: "Someone was faster", action: reviewLines },
  "price-changed": { title: "A price changed while you ordered", action: reviewLines },
  "payment-declined": { title: "The bank declined this card", action: tryAnotherCard },
  "payment-failed": { title: "The payment did not go through", action: tryAnotherCard },
  "cancelled-by-customer": { title: "Cancelled by you" },
  "cancelled-by-shop": { title: "Cancelled by the shop" },
  unavailable: {
    title: "The order could not be completed in time",
    action: { label: "Try once more", to: "/checkout" },
  },
};

/** What the customer should know about an order that does not simply go on, and what can be done. */
export function orderOutcome(order: Order): Outcome | undefined {
  if (order.status === "rejected") return refusal(order);
  if (order.status === "cancelled") return { ...refusal(order), tone: "warn" };
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

/** The shop says why and what it means for the money; the title and the way on are ours. */
function refusal(order: Order): Outcome {
  const text = order.reasonDetail ?? "Whatever was paid for it is paid back in full.";
  return { tone: "bad", text, ...refusals[order.reason ?? "unavailable"] };
}
