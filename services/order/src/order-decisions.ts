import type { CancelledBy, Confirmed, Order, OrderFacts, Placed } from "./order.ts";
import type { OrderEvent, OrderReason, PriceChange } from "./order-events.ts";

export type OrderCommand =
  | { type: "PlaceOrder"; facts: OrderFacts }
  | {
      type: "RecordStep";
      step: "StockReservedForOrder" | "PaymentAuthorizedForOrder" | "StockCommittedForOrder";
    }
  | { type: "StartCapture" }
  /** The provider has paid. */
  | { type: "Confirm" }
  | { type: "StartUndo"; reason: OrderReason; priceChanges?: PriceChange[] }
  | { type: "FinishUndo" }
  | { type: "RequestCancel"; by: CancelledBy }
  | { type: "FinishCancel" }
  | { type: "RequestRefund"; refundId: string }
  /** The provider has paid back. */
  | { type: "RecordRefund"; refundId: string }
  | { type: "Ship" }
  | { type: "Deliver" }
  | { type: "Reown"; customerId: string };

/** The order's state does not allow the command; `type` names why, the message tells people. */
export class OrderRefusal extends Error {
  override name = "OrderRefusal";
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** A repeat of what has already happened decides nothing. */
export function decide(command: OrderCommand, order: Order): OrderEvent[] {
  if (command.type === "PlaceOrder")
    return order.status === "none" ? [{ type: "OrderPlaced", data: command.facts }] : [];
  if (order.status === "none") throw new OrderRefusal("not-placed", "There is no such order.");
  switch (command.type) {
    case "RecordStep":
    case "StartCapture":
    case "Confirm":
    case "StartUndo":
    case "FinishUndo":
      // The checkout is over: whatever still comes from it is late.
      return order.status === "placed" ? decideCheckout(command, order) : [];
    case "RequestCancel":
      return requestCancel(order, command.by);
    case "FinishCancel":
      return finishCancel(order);
    case "RequestRefund":
      return requestRefund(order, command.refundId);
    case "RecordRefund":
      return recordRefund(order, command.refundId);
    case "Ship":
      return ship(order);
    case "Deliver":
      return deliver(order);
    case "Reown": {
      const { customerId } = command;
      return order.customerId === customerId ? [] : [{ type: "OrderReowned", data: { customerId } }];
    }
  }
}

type CheckoutCommand = Extract<
  OrderCommand,
  { type: "RecordStep" | "StartCapture" | "Confirm" | "StartUndo" | "FinishUndo" }
>;
type Existing = Exclude<Order, { status: "none" }>;

function decideCheckout(command: CheckoutCommand, order: Placed): OrderEvent[] {
  switch (command.type) {
    case "RecordStep":
      return order.undo || isRecorded(order, command.step) ? [] : [{ type: command.step, data: {} }];
    case "StartCapture":
      if (order.captureStarted) return [];
      if (order.undo || order.cancelRequestedBy)
        throw new OrderRefusal("capture-barred", "The order is being undone.");
      if (!order.stockCommitted) throw new OrderRefusal("capture-barred", "The stock is not committed.");
      return [{ type: "CaptureStarted", data: {} }];
    case "Confirm":
      if (!order.captureStarted || order.undo)
        throw new OrderRefusal("not-capturing", "Nothing may be captured for this order.");
      return confirm(order);
    case "StartUndo":
      return startUndo(command, order);
    case "FinishUndo":
      if (!order.undo) throw new OrderRefusal("not-undoing", "The order is not being undone.");
      return [finishUndo(order, order.undo)];
  }
}

function isRecorded(order: Placed, step: Extract<OrderCommand, { type: "RecordStep" }>["step"]): boolean {
  switch (step) {
    case "StockReservedForOrder":
      return order.stockReserved;
    case "PaymentAuthorizedForOrder":
      return order.paymentAuthorized;
    case "StockCommittedForOrder":
      return order.stockCommitted;
  }
}

const confirm = ({ customerId, cartOwnerId, lines, totalCents }: Placed): OrderEvent[] => [
  { type: "PaymentCapturedForOrder", data: { amountCents: totalCents } },
  { type: "OrderConfirmed", data: { customerId, cartOwnerId, lines } },
];

function startUndo(command: Extract<CheckoutCommand, { type: "StartUndo" }>, order: Placed): OrderEvent[] {
  if (order.undo) return [];
  if (order.captureStarted && command.reason !== "payment-failed")
    throw new OrderRefusal(
      "past-the-pivot",
      "After the capture has begun only the provider's refusal leads back.",
    );
  // Who asked for a cancellation is told of a cancellation, whatever else would have ended the order.
  if (order.cancelRequestedBy)
    return [{ type: "UndoStarted", data: { reason: cancelReason(order.cancelRequestedBy) } }];
  const { reason, priceChanges } = command;
  return [{ type: "UndoStarted", data: { reason, ...(priceChanges && { priceChanges }) } }];
}

function finishUndo(
  { customerId, cancelRequestedBy }: Placed,
  undo: NonNullable<Placed["undo"]>,
): OrderEvent {
  if (cancelRequestedBy) return { type: "OrderCancelled", data: { customerId, reason: undo.reason } };
  return { type: "OrderRejected", data: { customerId, ...undo } };
}

const cancelReason = (by: CancelledBy): OrderReason =>
  by === "customer" ? "cancelled-by-customer" : "cancelled-by-shop";

function requestCancel(order: Existing, by: CancelledBy): OrderEvent[] {
  const { customerId } = order;
  switch (order.status) {
    case "placed":
      // Already on its way back: it ends by itself, and for its own reason.
      if (order.undo || order.cancelRequestedBy) return [];
      return [{ type: "OrderCancelRequested", data: { customerId, by } }];
    case "confirmed":
      if (order.cancelRequestedBy) return [];
      if (order.refund) throw new OrderRefusal("refund-in-progress", "The order is being refunded.");
      return [{ type: "OrderCancelRequested", data: { customerId, by } }];
    case "cancelled":
      return [];
    case "shipped":
    case "delivered":
      throw new OrderRefusal("already-shipped", "The order was shipped and cannot be cancelled any more.");
    case "rejected":
    case "refunded":
      throw new OrderRefusal("order-over", `The order was ${order.status}; there is nothing to cancel.`);
  }
}

const isCancelling = (order: Existing): order is Confirmed & { cancelRequestedBy: CancelledBy } =>
  order.status === "confirmed" && order.cancelRequestedBy !== undefined;

function finishCancel(order: Existing): OrderEvent[] {
  if (order.status === "cancelled") return [];
  if (!isCancelling(order) || !order.refund?.paid)
    throw new OrderRefusal("not-refunded", "The order is cancelled only when its money went back.");
  const { customerId } = order;
  return [
    { type: "StockReturnedForOrder", data: {} },
    { type: "OrderCancelled", data: { customerId, reason: cancelReason(order.cancelRequestedBy) } },
  ];
}

function requestRefund(order: Existing, refundId: string): OrderEvent[] {
  if (order.status === "refunded") return [];
  if (order.status !== "confirmed" && order.status !== "shipped" && order.status !== "delivered")
    throw new OrderRefusal("not-paid", "Only a paid order can be refunded.");
  if (isCancelling(order))
    throw new OrderRefusal("cancel-in-progress", "The order is being cancelled, which refunds it.");
  if (order.refund) return [];
  return [{ type: "RefundRequested", data: { refundId, amountCents: order.totalCents } }];
}

function recordRefund(order: Existing, refundId: string): OrderEvent[] {
  const { customerId, totalCents: amountCents } = order;
  const refunded: OrderEvent = { type: "PaymentRefundedForOrder", data: { refundId, amountCents } };
  if (order.status === "refunded" || order.status === "cancelled") return [];
  if (isCancelling(order)) return order.refund?.paid ? [] : [refunded];
  const requested = "refund" in order && order.refund?.id === refundId;
  if (!requested) throw new OrderRefusal("not-requested", "This refund was not requested.");
  return [refunded, { type: "OrderRefunded", data: { customerId, amountCents } }];
}

function ship(order: Existing): OrderEvent[] {
  if (order.status === "shipped" || order.status === "delivered") return [];
  if (order.status !== "confirmed")
    throw new OrderRefusal("not-confirmed", `The order is ${order.status}; only a confirmed one is shipped.`);
  if (order.cancelRequestedBy)
    throw new OrderRefusal("cancel-in-progress", "The order is being cancelled and must not be shipped.");
  if (order.refund)
    throw new OrderRefusal("refund-in-progress", "The order is being refunded and must not be shipped.");
  return [{ type: "OrderShipped", data: { customerId: order.customerId } }];
}

function deliver(order: Existing): OrderEvent[] {
  if (order.status === "delivered") return [];
  if (order.status !== "shipped")
    throw new OrderRefusal("not-shipped", `The order is ${order.status}; only a shipped one is delivered.`);
  return [{ type: "OrderDelivered", data: { customerId: order.customerId, lines: order.lines } }];
}
