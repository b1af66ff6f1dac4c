import { z } from "zod";
import { cents, currency, sumCents } from "./money.ts";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { email, optionalText, sku, text, uuid } from "./text.ts";

export const orderStatus = z.enum([
  "placed",
  "confirmed",
  "rejected",
  "cancelled",
  "shipped",
  "delivered",
  "refunded",
]);
export type OrderStatus = z.infer<typeof orderStatus>;
export const orderReason = z.enum([
  "out-of-stock",
  "price-changed",
  "payment-declined",
  "payment-failed",
  "cancelled-by-customer",
  "cancelled-by-shop",
  "unavailable",
]);
export type OrderReason = z.infer<typeof orderReason>;

export const address = z.object({
  name: text(120),
  line1: text(200),
  line2: optionalText(200).optional(),
  city: text(120),
  region: optionalText(120).optional(),
  postalCode: text(20),
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 alpha-2 code such as US"),
});
export type Address = z.infer<typeof address>;

export const orderLine = z.object({
  sku,
  productId: uuid,
  name: z.string(),
  options: z.record(z.string(), z.string()),
  quantity: z.int().min(1),
  unitPriceCents: cents,
});
export type OrderLine = z.infer<typeof orderLine>;

export const priceChange = z.object({ sku, seenCents: cents, nowCents: cents });

export const order = z.object({
  id: uuid,
  status: orderStatus,
  reason: orderReason.optional(),
  /** One sentence for people that tells why, when there is a reason. */
  reasonDetail: z.string().optional(),
  priceChanges: z.array(priceChange).optional(),
  email: z.string(),
  shippingAddress: address.partial(),
  currency,
  lines: z.array(orderLine),
  subtotalCents: sumCents,
  shippingCents: cents,
  totalCents: sumCents,
  payment: z.object({
    status: z.enum(["pending", "authorized", "captured", "declined", "failed", "voided", "refunded"]),
  }),
  /**
   * Statuses of the order and steps of its saga in the order they happened: order statuses, and
   * `stock-reserved, payment-authorized, stock-committed, capture-started, payment-captured, cancel-requested, undoing,
   * refund-requested, payment-refunded, stock-returned`.
   */
  timeline: z.array(z.object({ status: z.string(), at: z.string(), detail: z.string().optional() })),
  placedAt: z.string(),
});
export type Order = z.infer<typeof order>;
export const orderPage = page(order);

export const placeOrder = z.object({
  /** Required of guests; an account's own address is used otherwise. */
  email: email.optional(),
  shippingAddress: address,
  payment: z.object({
    token: z.string().regex(/^[A-Za-z0-9_]{1,255}$/, "must be a payment provider's token"),
  }),
  cart: z.object({ version: z.int().min(0) }),
});
export const orderAccepted = z.object({ id: uuid, status: orderStatus });

export const orderQuery = paging.extend({
  status: orderStatus.optional(),
  /** Administrators only: every customer's orders. */
  all: z.enum(["true", "false"]).optional(),
});

const lines = z.array(orderLine);
const totals = { currency, subtotalCents: sumCents, shippingCents: cents, totalCents: sumCents };
export const orderEvents = {
  OrderPlaced: z.object({ customerId: uuid, cartOwnerId: uuid, cartVersion: z.int(), lines, ...totals }),
  OrderConfirmed: z.object({ customerId: uuid, cartOwnerId: uuid, lines }),
  OrderRejected: z.object({
    customerId: uuid,
    reason: orderReason,
    priceChanges: z.array(priceChange).optional(),
  }),
  OrderCancelRequested: z.object({ customerId: uuid, by: z.enum(["customer", "shop"]) }),
  OrderCancelled: z.object({ customerId: uuid, reason: orderReason }),
  OrderShipped: z.object({ customerId: uuid }),
  OrderDelivered: z.object({ customerId: uuid, lines }),
  OrderRefunded: z.object({ customerId: uuid, amountCents: cents }),
};

const idempotencyKey = z.object({ "idempotency-key": z.string().min(1).max(255) });
export const orderRoutes: Route[] = [
  {
    method: "post",
    path: "/orders",
    access: "shopper",
    summary: "Place an order; the checkout runs on after the answer",
    headers: idempotencyKey,
    body: placeOrder,
    status: 202,
    response: orderAccepted,
  },
  {
    method: "get",
    path: "/orders",
    access: "shopper",
    summary: "Order history",
    query: orderQuery,
    status: 200,
    response: orderPage,
  },
  {
    method: "get",
    path: "/orders/:id",
    access: "shopper",
    summary: "One order",
    status: 200,
    response: order,
  },
  {
    method: "get",
    path: "/orders/:id/events",
    access: "shopper",
    summary: "Live status (server-sent events)",
    status: 200,
    responseType: "text/event-stream",
    response: z.string(),
  },
  {
    method: "post",
    path: "/orders/:id/cancel",
    access: "shopper",
    summary: "Cancel before it is shipped",
    status: 202,
    response: order,
  },
  {
    method: "post",
    path: "/orders/:id/ship",
    access: "admin",
    summary: "Mark as shipped",
    status: 200,
    response: order,
  },
  {
    method: "post",
    path: "/orders/:id/deliver",
    access: "admin",
    summary: "Mark as delivered",
    status: 200,
    response: order,
  },
  {
    method: "post",
    path: "/orders/:id/refund",
    access: "admin",
    summary: "Refund a paid order",
    status: 202,
    response: order,
  },
];
