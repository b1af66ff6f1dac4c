import type { Database } from "@sockshop/platform/database.ts";
import { told as toldBy } from "../../platform/test/told.ts";
import { consumers } from "../src/subscriptions.ts";

/** What other services told the cart. */
export const told = (database: Database) => toldBy(database, consumers);

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
