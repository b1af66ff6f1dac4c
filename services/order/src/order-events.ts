import type { orderEvents } from "@sockshop/contracts/order.ts";
import type { z } from "zod";

type PublicEvent = {
  [Type in keyof typeof orderEvents]: { type: Type; data: z.infer<(typeof orderEvents)[Type]> };
}[keyof typeof orderEvents];

export type OrderReason = z.infer<typeof orderEvents.OrderRejected>["reason"];
export type PriceChange = NonNullable<z.infer<typeof orderEvents.OrderRejected>["priceChanges"]>[number];

/** Facts of the order's sagas: they make the timeline and never leave the service. */
type PrivateEvent =
  | { type: "StockReservedForOrder"; data: Record<string, never> }
  | { type: "PaymentAuthorizedForOrder"; data: Record<string, never> }
  | { type: "StockCommittedForOrder"; data: Record<string, never> }
  /** The pivot of the checkout: from here on only the provider's refusal leads back. */
  | { type: "CaptureStarted"; data: Record<string, never> }
  | { type: "PaymentCapturedForOrder"; data: { amountCents: number } }
  | { type: "UndoStarted"; data: { reason: OrderReason; priceChanges?: PriceChange[] } }
  | { type: "RefundRequested"; data: { refundId: string; amountCents: number } }
  | { type: "PaymentRefundedForOrder"; data: { refundId: string; amountCents: number } }
  | { type: "StockReturnedForOrder"; data: Record<string, never> }
  /** The guest who placed it joined an account. */
  | { type: "OrderReowned"; data: { customerId: string } };

export type OrderEvent = PublicEvent | PrivateEvent;

export const privateTypes = [
  "StockReservedForOrder",
  "PaymentAuthorizedForOrder",
  "StockCommittedForOrder",
  "CaptureStarted",
  "PaymentCapturedForOrder",
  "UndoStarted",
  "RefundRequested",
  "PaymentRefundedForOrder",
  "StockReturnedForOrder",
  "OrderReowned",
] as const satisfies readonly PrivateEvent["type"][];
