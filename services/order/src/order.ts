import type { OrderLine } from "@sockshop/contracts/order.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import { decide, type OrderCommand } from "./order-decisions.ts";
import { type OrderEvent, type OrderReason, type PriceChange, privateTypes } from "./order-events.ts";

export type OrderFacts = {
  /** Who owns it now; changes when a guest joins an account. */
  customerId: string;
  cartOwnerId: string;
  cartVersion: number;
  lines: OrderLine[];
  currency: string;
  subtotalCents: number;
  shippingCents: number;
  totalCents: number;
};
export type CancelledBy = "customer" | "shop";
type Refund = { id: string; paid: boolean };

export type Placed = OrderFacts & {
  status: "placed";
  stockReserved: boolean;
  paymentAuthorized: boolean;
  stockCommitted: boolean;
  captureStarted: boolean;
  cancelRequestedBy?: CancelledBy;
  undo?: { reason: OrderReason; priceChanges?: PriceChange[] };
};
export type Confirmed = OrderFacts & {
  status: "confirmed";
  cancelRequestedBy?: CancelledBy;
  refund?: Refund;
};
export type Order =
  | { status: "none" }
  | Placed
  | Confirmed
  | (OrderFacts & { status: "shipped" | "delivered"; refund?: Refund })
  | (OrderFacts & { status: "rejected" | "cancelled"; reason: OrderReason })
  | (OrderFacts & { status: "refunded" });

/** One order from its placing to its end. */
export const orderAggregate: Aggregate<Order, OrderCommand, OrderEvent> = {
  stream: "order",
  topic: "order-events",
  privateTypes,
  initial: { status: "none" },
  decide,
  evolve,
};

/** Whether nothing can happen to it any more; such an order starts nothing. */
export const isOver = (order: Order): boolean =>
  order.status === "rejected" || order.status === "cancelled" || order.status === "refunded";

export function evolve(order: Order, event: OrderEvent): Order {
  if (event.type === "OrderPlaced") return placed(event.data);
  if (order.status === "none") return order;
  switch (event.type) {
    case "StockReservedForOrder":
      return knowing(order, { stockReserved: true });
    case "PaymentAuthorizedForOrder":
      return knowing(order, { paymentAuthorized: true });
    case "StockCommittedForOrder":
      return knowing(order, { stockCommitted: true });
    case "CaptureStarted":
      return knowing(order, { captureStarted: true });
    case "UndoStarted":
      return knowing(order, { undo: event.data });
    case "OrderCancelRequested":
      return knowing(order, { cancelRequestedBy: event.data.by });
    case "OrderReowned":
      return knowing(order, { customerId: event.data.customerId });
    case "RefundRequested":
      return knowing(order, { refund: { id: event.data.refundId, paid: false } });
    case "PaymentRefundedForOrder":
      return knowing(order, { refund: { id: event.data.refundId, paid: true } });
    case "PaymentCapturedForOrder":
    case "StockReturnedForOrder":
      return order;
    case "OrderConfirmed":
      return { ...factsOf(order), status: "confirmed", ...cancelOf(order) };
    case "OrderShipped":
      return { ...factsOf(order), status: "shipped" };
    case "OrderDelivered":
      return { ...factsOf(order), status: "delivered", ...refundOf(order) };
    case "OrderRejected":
      return { ...factsOf(order), status: "rejected", reason: event.data.reason };
    case "OrderCancelled":
      return { ...factsOf(order), status: "cancelled", reason: event.data.reason };
    case "OrderRefunded":
      return { ...factsOf(order), status: "refunded" };
  }
}

// Which state may learn which fact is for the decisions to say; an event that was stored is taken as it is.
const knowing = (order: Order, more: Partial<Placed & Pick<Confirmed, "refund">>) =>
  ({ ...order, ...more }) as Order;

const placed = (facts: OrderFacts): Placed => ({
  ...factsOf(facts),
  status: "placed",
  stockReserved: false,
  paymentAuthorized: false,
  stockCommitted: false,
  captureStarted: false,
});

const factsOf = (order: OrderFacts): OrderFacts => ({
  customerId: order.customerId,
  cartOwnerId: order.cartOwnerId,
  cartVersion: order.cartVersion,
  lines: order.lines,
  currency: order.currency,
  subtotalCents: order.subtotalCents,
  shippingCents: order.shippingCents,
  totalCents: order.totalCents,
});
const cancelOf = (order: Order) =>
  "cancelRequestedBy" in order ? { cancelRequestedBy: order.cancelRequestedBy } : {};
const refundOf = (order: Order) => ("refund" in order ? { refund: order.refund } : {});
