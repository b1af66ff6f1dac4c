import type { Order, OrderStatus } from "@sockshop/contracts/order.ts";

export type StepState = "done" | "active" | "waiting" | "undone" | "failed" | "skipped";
export type OrderStep = { key: string; label: string; state: StepState; at: string | undefined };

/** Each step: its status in the timeline, and what it is called when done, while under way, and when refused. */
const path = [
  ["placed", "Order placed", "Placing the order", "Order not placed"],
  ["stock-reserved", "Stock reserved", "Reserving stock", "Stock not reserved"],
  ["payment-authorized", "Payment authorized", "Authorizing payment", "Payment not authorized"],
  ["stock-committed", "Stock committed", "Committing stock", "Stock not committed"],
  ["payment-captured", "Payment captured", "Capturing payment", "Payment not captured"],
  ["confirmed", "Confirmed", "Confirming", "Not confirmed"],
  ["shipped", "Shipped", "Shipping", "Not shipped"],
  ["delivered", "Delivered", "Delivering", "Not delivered"],
] as const;

/** From here on a person acts, so nothing is under way all by itself. */
const sagaEndsAt = path.findIndex(([key]) => key === "confirmed");

const lastTime = (order: Order, status: string) =>
  order.timeline.findLast((entry) => entry.status === status)?.at;

export const happened = (order: Order, status: string): boolean => lastTime(order, status) !== undefined;

/** The checkout is being taken back, and the order will end rejected or cancelled. */
export const isUndoing = (order: Order): boolean => order.status === "placed" && happened(order, "undoing");

const cameToNothing = (order: Order) =>
  order.status === "rejected" || order.status === "cancelled" || isUndoing(order);

/** A step said no; nobody asked for the order to be taken back. */
const wasRefused = (order: Order) =>
  order.status === "rejected" || (isUndoing(order) && !happened(order, "cancel-requested"));

/** The order's way from placed to delivered, each step with what became of it. */
export function orderSteps(order: Order): OrderStep[] {
  const reached = path.findLastIndex(([key]) => happened(order, key));
  const stopped = cameToNothing(order) || order.status === "refunded";
  return path.map(([key, done, doing, failed], i) => {
    const state = stopped ? stoppedState(i, reached, order) : runningState(i, reached);
    const label = state === "active" ? doing : state === "failed" ? failed : done;
    return { key, label, state, at: lastTime(order, key) };
  });
}

function runningState(i: number, reached: number): StepState {
  if (i <= reached) return "done";
  return i === reached + 1 && i <= sagaEndsAt ? "active" : "waiting";
}

function stoppedState(i: number, reached: number, order: Order): StepState {
  if (i === reached + 1 && wasRefused(order)) return "failed";
  if (i > reached) return "skipped";
  return cameToNothing(order) && i > 0 ? "undone" : "done";
}

/** Nothing follows by itself, and the shop ends the order's event stream. */
export const isSettled = ({ status }: Order): boolean =>
  status === "rejected" || status === "cancelled" || status === "delivered" || status === "refunded";

export const canCancel = (order: Order): boolean =>
  (order.status === "placed" || order.status === "confirmed") &&
  !isUndoing(order) &&
  !happened(order, "cancel-requested");

export const statusLabels: Record<OrderStatus, string> = {
  placed: "Placed",
  confirmed: "Confirmed",
  rejected: "Not accepted",
  cancelled: "Cancelled",
  shipped: "Shipped",
  delivered: "Delivered",
  refunded: "Refunded",
};

export const paymentLabels: Record<Order["payment"]["status"], string> = {
  pending: "Not yet authorized",
  authorized: "Authorized, not yet charged",
  captured: "Paid",
  declined: "Declined, nothing charged",
  failed: "Failed, nothing charged",
  voided: "Released, nothing charged",
  refunded: "Refunded",
};
