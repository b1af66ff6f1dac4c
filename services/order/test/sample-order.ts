import { newId } from "@sockshop/platform/ids.ts";
import type { OrderFacts } from "../src/order.ts";

/** What an order of two pairs says. */
export const orderFacts: OrderFacts = {
  customerId: newId(),
  cartOwnerId: newId(),
  cartVersion: 3,
  lines: [
    {
      sku: "A-1",
      productId: newId(),
      name: "Plain",
      options: { size: "M" },
      quantity: 2,
      unitPriceCents: 1000,
    },
  ],
  currency: "USD",
  subtotalCents: 2000,
  shippingCents: 499,
  totalCents: 2499,
};
