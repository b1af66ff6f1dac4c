import type { Order } from "@sockshop/contracts/order.ts";
import type { OrderAction } from "../api.ts";
import { canCancel, happened } from "../orders/order-steps.ts";

export const actionTexts: Record<
  OrderAction,
  { label: string; question: string; effect: string; done: string }
> = {
  ship: {
    label: "Ship",
    question: "Mark this order as shipped?",
    effect: "It can no longer be cancelled.",
    done: "The order is marked as shipped.",
  },
  deliver: {
    label: "Deliver",
    question: "Mark this order as delivered?",
    effect: "The customer may then rate what was bought.",
    done: "The order is marked as delivered.",
  },
  refund: {
    label: "Refund",
    question: "Refund this order in full?",
    effect: "The whole amount goes back to the card. This cannot be taken back.",
    done: "The refund is under way.",
  },
  cancel: {
    label: "Cancel",
    question: "Cancel this order for the customer?",
    effect: "The stock is returned, and anything that was paid goes back to the card.",
    done: "The order is being cancelled.",
  },
};

/** What an administrator can do with an order now, most usual first. */
export function actionsFor(order: Order): OrderAction[] {
  const actions: OrderAction[] = [];
  const isLeaving = happened(order, "cancel-requested") || happened(order, "refund-requested");
  if (order.status === "confirmed" && !isLeaving) actions.push("ship");
  if (order.status === "shipped" && !isLeaving) actions.push("deliver");
  if (["shipped", "delivered"].includes(order.status) && !isLeaving && order.payment.status === "captured")
    actions.push("refund");
  if (canCancel(order)) actions.push("cancel");
  return actions;
}
