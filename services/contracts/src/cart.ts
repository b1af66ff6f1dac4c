import { z } from "zod";
import { variantOptions } from "./catalog.ts";
import { cents, currency, sumCents } from "./money.ts";
import type { Route } from "./route.ts";
import { sku, uuid } from "./text.ts";

export const maxQuantity = 99;
export const maxLines = 50;
/** Shipping in minor units, and the subtotal from which it is free. */
export const shipping = { flatCents: 499, freeFromCents: 5000 };

export const cartNotice = z.object({
  type: z.enum(["price-changed", "low-stock", "out-of-stock", "retired", "quantity-reduced"]),
  message: z.string(),
});
/** About the cart as a whole. */
export const cartRemark = z.object({ type: z.enum(["lines-left-out"]), message: z.string() });
export const cartItem = z.object({
  sku,
  productId: uuid,
  slug: z.string(),
  name: z.string(),
  image: z.string().optional(),
  options: variantOptions,
  quantity: z.int().min(1).max(maxQuantity),
  unitPriceCents: cents,
  lineTotalCents: sumCents,
  available: z.int(),
  notices: z.array(cartNotice),
});
export const cart = z.object({
  /** Rises when the lines, or the prices they show, change; never for mere availability. */
  version: z.int().min(0),
  currency,
  items: z.array(cartItem),
  notices: z.array(cartRemark).default([]),
  subtotalCents: sumCents,
  shippingCents: cents,
  totalCents: sumCents,
});
export type Cart = z.infer<typeof cart>;
export type CartItem = z.infer<typeof cartItem>;

export const addCartItem = z.object({ sku, quantity: z.int().min(1).max(maxQuantity).default(1) });
export const setCartItem = z.object({ quantity: z.int().min(0).max(maxQuantity) });

const lineFacts = { sku, productId: uuid, quantity: z.int().min(1), unitPriceCents: cents };
export const cartEvents = {
  CartItemAdded: z.object(lineFacts),
  /** A changed quantity or price. */
  CartItemChanged: z.object(lineFacts),
  CartItemRemoved: z.object({ sku }),
  /** A guest's cart joined this one; `lines` is the whole afterwards. */
  CartMerged: z.object({ guestId: uuid, lines: z.array(z.object(lineFacts)) }),
  /** What was ordered left the cart; later additions stayed. */
  CartOrdered: z.object({ orderId: uuid, lines: z.array(z.object({ sku, quantity: z.int() })) }),
};

/** Internal: `GET /internal/carts/:ownerId` for `order`; pointers of merged guests are followed. */
export const cartForCheckout = z.object({
  ownerId: uuid,
  cart,
  /** Guests whose carts joined this one last; the caller may not have heard of it yet. */
  guests: z.array(uuid).default([]),
});

export const cartRoutes: Route[] = [
  { method: "get", path: "/cart", access: "shopper", summary: "The cart", status: 200, response: cart },
  {
    method: "post",
    path: "/cart/items",
    access: "shopper",
    summary: "Add to the cart",
    body: addCartItem,
    status: 200,
    response: cart,
  },
  {
    method: "put",
    path: "/cart/items/:sku",
    access: "shopper",
    summary: "Set a quantity (0 removes)",
    body: setCartItem,
    status: 200,
    response: cart,
  },
  {
    method: "delete",
    path: "/cart/items/:sku",
    access: "shopper",
    summary: "Remove a line",
    status: 200,
    response: cart,
  },
  {
    method: "delete",
    path: "/cart",
    access: "shopper",
    summary: "Empty the cart",
    status: 200,
    response: cart,
  },
];
