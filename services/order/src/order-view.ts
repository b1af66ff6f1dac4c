import type { Address, Order, OrderLine, OrderReason, OrderStatus } from "@sockshop/contracts/order.ts";

/** One row of the read model with the personal data beside it. */
export type OrderRow = {
  order_id: string;
  version: number;
  customer_id: string;
  status: OrderStatus;
  reason: OrderReason | null;
  price_changes: Order["priceChanges"] | null;
  currency: string;
  lines: OrderLine[];
  subtotal_cents: number;
  shipping_cents: number;
  total_cents: number;
  payment_status: Order["payment"]["status"];
  timeline: Order["timeline"];
  placed_at: Date;
  email: string | null;
  shipping_address: Partial<Address> | null;
};

/** An order as the contract shows it, with its owner and the version of its stream. */
export type TrackedOrder = { order: Order; customerId: string; version: number };

export function trackedOrder(row: OrderRow): TrackedOrder {
  const order: Order = {
    id: row.order_id,
    status: row.status,
    ...(row.reason && { reason: row.reason, reasonDetail: reasonDetail(row.reason) }),
    ...(row.price_changes && { priceChanges: row.price_changes }),
    email: row.email ?? "",
    shippingAddress: row.shipping_address ?? {},
    currency: row.currency,
    lines: row.lines,
    subtotalCents: row.subtotal_cents,
    shippingCents: row.shipping_cents,
    totalCents: row.total_cents,
    payment: { status: row.payment_status },
    timeline: row.timeline,
    placedAt: row.placed_at.toISOString(),
  };
  return { order, customerId: row.customer_id, version: row.version };
}

/** Why an order came to nothing and what to do about it, in a sentence or two. */
export function reasonDetail(reason: OrderReason): string {
  switch (reason) {
    case "out-of-stock":
      return "Something in this order sold out before we could set it aside, and nothing was charged. Look at your cart for what is left and order again.";
    case "price-changed":
      return "A price changed after you saw it, and nothing was charged. Look at the new prices in your cart and order again.";
    case "payment-declined":
      return "The payment was declined, and nothing was charged. Try another card or ask your bank.";
    case "payment-failed":
      return "The payment could not be collected, and the hold on your card was released. Order again with another card.";
    case "cancelled-by-customer":
      return "You cancelled this order. Whatever was paid for it is paid back in full.";
    case "cancelled-by-shop":
      return "The shop cancelled this order. Whatever was paid for it is paid back in full; write to us if you did not expect this.";
    case "unavailable":
      return "Part of the shop was away and we could not finish this order in time, and nothing was charged. Order again in a few minutes.";
  }
}
