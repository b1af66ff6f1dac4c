import "../forms/zod-without-eval.ts";
import { placeOrder } from "@sockshop/contracts/order.ts";
import type { PlaceOrder } from "../api.ts";

/** Messages by field name for an order the shop would refuse; empty when it is in order. */
export function checkOrder(order: PlaceOrder): Record<string, string> {
  const result = placeOrder.safeParse(order);
  if (result.success) return {};
  // The first message for a field says enough.
  const entries = result.error.issues.map(({ path, message }) => [path.join("."), message] as const);
  return Object.fromEntries(entries.reverse());
}
