import { z } from "zod";
import { cents, currency } from "./money.ts";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { optionalText, plainText, sku, text, uuid } from "./text.ts";

export const variantOptions = z.record(plainText(40), plainText(80));

export const variant = z.object({
  sku,
  options: variantOptions,
  priceCents: cents,
  /** Units that can be sold now: on hand less reserved. */
  available: z.int(),
});

export const product = z.object({
  id: uuid,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  brand: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  images: z.array(z.string()),
  currency,
  /** The lowest price among its variants. */
  priceCents: cents,
  /** The sum over its variants. */
  available: z.int(),
  rating: z.object({ average: z.number(), count: z.int() }),
  status: z.enum(["active", "retired"]),
  createdAt: z.string(),
  variants: z.array(variant),
});
export type Product = z.infer<typeof product>;
export type Variant = z.infer<typeof variant>;

const facet = z.array(z.object({ value: z.string(), count: z.int() }));
export const productPage = page(product).extend({
  facets: z.object({
    category: facet,
    tag: facet,
    brand: facet,
    price: z.object({ min: cents, max: cents }),
  }),
});

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
export const productQuery = paging.extend({
  search: optionalText(200).optional(),
  category: optionalText(80).optional(),
  tag: optionalText(80).optional(),
  brand: optionalText(80).optional(),
  minPrice: z.coerce.number().int().min(0).max(100_000_000).optional(),
  maxPrice: z.coerce.number().int().min(0).max(100_000_000).optional(),
  inStock: flag.optional(),
  sort: z.enum(["name", "price", "-price", "rating", "newest", "popular"]).default("popular"),
});

export const pictureQuery = z.object({ colour: optionalText(80).optional() });

export const newVariant = z.object({
  sku,
  options: variantOptions.default({}),
  priceCents: cents.min(1),
  stock: z.int().min(0).max(1_000_000).default(0),
});
export const newProduct = z.object({
  slug: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(120)
    .optional(),
  name: text(120),
  description: optionalText(4000).default(""),
  brand: optionalText(80).default(""),
  category: text(80),
  tags: z.array(text(40)).max(20).default([]),
  images: z.array(plainText(500)).max(10).optional(),
  currency: currency.default("USD"),
  variants: z.array(newVariant).min(1).max(50),
});
export const productChange = z
  .object({
    name: text(120),
    description: optionalText(4000),
    brand: optionalText(80),
    category: text(80),
    tags: z.array(text(40)).max(20),
    images: z.array(plainText(500)).max(10),
    /** Prices by sku, or new variants; a sku left out keeps what it has. */
    variants: z
      .array(z.object({ sku, priceCents: cents.min(1).optional(), options: variantOptions.optional() }))
      .max(50),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "must change something");
/** Below this many available units a variant runs low. */
export const lowStock = 5;
export const stockChange = z.object({
  /** Units to add (positive) or take away (negative); never below what is reserved. */
  change: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .refine((value) => value !== 0, "must not be 0"),
  reason: text(200),
});
export const importResult = z.object({
  added: z.int(),
  changed: z.int(),
  errors: z.array(z.object({ line: z.int(), message: z.string() })),
});

const line = { sku, quantity: z.int().min(1) };
const productFacts = {
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  brand: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  images: z.array(z.string()),
  currency,
  variants: z.array(z.object({ sku, options: variantOptions, priceCents: cents, available: z.int() })),
};
/** Every stock event tells what is available afterwards, so that a copy needs no arithmetic of its own. */
const stockFacts = { ...line, available: z.int() };
export const productEvents = {
  ProductAdded: z.object(productFacts),
  /** The whole of the product's facts after the change. */
  ProductChanged: z.object(productFacts),
  ProductRetired: z.object({}),
  StockReceived: z.object({ sku, change: z.int(), reason: z.string(), available: z.int() }),
  StockReserved: z.object({ ...stockFacts, orderId: uuid }),
  StockReleased: z.object({ ...stockFacts, orderId: uuid, reason: z.string() }),
  StockCommitted: z.object({ ...stockFacts, orderId: uuid }),
  StockReturned: z.object({ ...stockFacts, orderId: uuid }),
  StockRanLow: z.object({ sku, available: z.int() }),
};

/** Internal: the checkout's stock operations, one row per (order, operation) at the catalogue. Only `order` may call. */
export const reserveStock = z.object({
  orderId: uuid,
  generation: z.int().min(1),
  lines: z
    .array(z.object({ ...line, productId: uuid, seenPriceCents: cents }))
    .min(1)
    .max(50),
});
export const stockOperation = z.object({ orderId: uuid, generation: z.int().min(1) });
/**
 * `done` also for a repeat. `refused` is final. `undone`: the undo came first (or came since), so the step must not count.
 * `superseded`: a higher generation was seen; the caller must end itself.
 */
export const stockOutcome = z.object({
  status: z.enum(["done", "refused", "undone", "superseded"]),
  reason: z.enum(["out-of-stock", "price-changed", "unknown-product"]).optional(),
  skus: z.array(z.string()).optional(),
  priceChanges: z.array(z.object({ sku, seenCents: cents, nowCents: cents })).optional(),
});
export type StockOutcome = z.infer<typeof stockOutcome>;

const csv = z.string();
export const catalogRoutes: Route[] = [
  {
    method: "get",
    path: "/catalog/products",
    access: "public",
    summary: "Search and list products",
    query: productQuery,
    status: 200,
    response: productPage,
  },
  {
    method: "get",
    path: "/catalog/products/:idOrSlug",
    access: "public",
    summary: "One product with live stock",
    status: 200,
    response: product,
  },
  {
    method: "get",
    path: "/catalog/images/:slug",
    access: "public",
    summary: "The product's drawing",
    query: pictureQuery,
    status: 200,
    responseType: "image/svg+xml",
    response: z.string(),
  },
  {
    method: "post",
    path: "/catalog/products",
    access: "admin",
    summary: "Add a product",
    body: newProduct,
    status: 201,
    response: product,
  },
  {
    method: "patch",
    path: "/catalog/products/:id",
    access: "admin",
    summary: "Change a product",
    body: productChange,
    status: 200,
    response: product,
  },
  {
    method: "delete",
    path: "/catalog/products/:id",
    access: "admin",
    summary: "Retire a product",
    status: 204,
  },
  {
    method: "post",
    path: "/catalog/variants/:sku/stock",
    access: "admin",
    summary: "Receive or write off stock",
    body: stockChange,
    status: 200,
    response: variant,
  },
  {
    method: "post",
    path: "/catalog/import",
    access: "admin",
    summary: "Import products from CSV",
    body: csv,
    bodyType: "text/csv",
    status: 200,
    response: importResult,
  },
];
