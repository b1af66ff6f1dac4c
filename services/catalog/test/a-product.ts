import { newProduct } from "@sockshop/contracts/catalog.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import type { z } from "zod";
import { addProduct } from "../src/product-commands.ts";

/** A valid product, changed where a test says so. */
export const aProduct = (
  different: Partial<z.input<typeof newProduct>> = {},
): z.input<typeof newProduct> => ({
  name: "Harbour Stripe",
  description: "Striped like the quay at noon.",
  brand: "Quayside",
  category: "Crew",
  tags: ["cotton", "stripes"],
  variants: [
    { sku: "HARBOUR-M", options: { size: "M", colour: "Navy" }, priceCents: 1200, stock: 10 },
    { sku: "HARBOUR-L", options: { size: "L", colour: "Navy" }, priceCents: 1400, stock: 0 },
  ],
  ...different,
});

/** Adds a product and resolves with its id. */
export const added = (
  database: Database,
  different: Partial<z.input<typeof newProduct>> = {},
): Promise<string> =>
  withTransaction(database, (tx) => addProduct(tx, newProduct.parse(aProduct(different))));
