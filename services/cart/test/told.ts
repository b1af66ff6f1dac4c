import type { Database } from "@sockshop/platform/database.ts";
import { told as toldBy } from "../../platform/test/told.ts";
import { repriceSome } from "../src/prices.ts";
import { consumers } from "../src/subscriptions.ts";

/** What other services told the cart. */
export function told(database: Database) {
  const shop = toldBy(database, consumers);
  const tell: typeof shop.tell = async (...fact) => {
    await shop.tell(...fact);
    while (await repriceSome(database));
  };
  /** `apply` leaves the carts that hold a repriced variant as they are. */
  return { ...shop, tell, apply: shop.tell };
}

/** The facts of a product as ProductAdded and ProductChanged tell them. */
export const productFacts = (
  variants: { sku: string; priceCents: number; available: number }[],
  name = "Sock",
) => ({
  slug: "sock",
  name,
  description: "Warm.",
  brand: "Lamb",
  category: "wool",
  tags: [],
  images: ["/images/sock.svg"],
  currency: "USD",
  variants: variants.map((variant) => ({ ...variant, options: { size: "M" } })),
});
