import type { Cart, CartItem } from "@sockshop/contracts/cart.ts";
import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Order } from "@sockshop/contracts/order.ts";
import type { ProductPage } from "../src/api.ts";

export const productId = "0198c0de-0000-7000-8000-000000000001";
export const orderId = "0198c0de-0000-7000-8000-00000000aaaa";

export function aProduct(more: Partial<Product> = {}): Product {
  const variants = [
    { sku: "CREW-NAVY-M", options: { colour: "navy", size: "M" }, priceCents: 1200, available: 9 },
    { sku: "CREW-NAVY-L", options: { colour: "navy", size: "L" }, priceCents: 1200, available: 0 },
    { sku: "CREW-RUST-L", options: { colour: "rust", size: "L" }, priceCents: 1400, available: 3 },
  ];
  return {
    id: productId,
    slug: "crew",
    name: "Breton Crew",
    description: "A crew sock.",
    brand: "Heel",
    category: "everyday",
    tags: ["striped"],
    images: [],
    currency: "USD",
    priceCents: 1200,
    available: 12,
    rating: { average: 0, count: 0 },
    status: "active",
    createdAt: "2026-01-01T00:00:00.000Z",
    variants,
    ...more,
  };
}

export function aPage(items: Product[], total = items.length): ProductPage {
  const facets = {
    category: [
      { value: "everyday", count: 3 },
      { value: "sport", count: 1 },
    ],
    tag: [{ value: "striped", count: 2 }],
    brand: [{ value: "Heel", count: 2 }],
    price: { min: 700, max: 2500 },
  };
  return { items, total, page: 1, pageSize: 24, facets };
}

export function aCart(version: number, lines: Partial<CartItem>[] = [{}]): Cart {
  const items = lines.map((line): CartItem => {
    const item = {
      sku: "CREW-NAVY-M",
      productId,
      slug: "crew",
      name: "Breton Crew",
      options: { colour: "navy" },
      quantity: 1,
      unitPriceCents: 1200,
      lineTotalCents: 0,
      available: 9,
      notices: [],
      ...line,
    };
    return { ...item, lineTotalCents: item.unitPriceCents * item.quantity };
  });
  const subtotalCents = items.reduce((sum, { lineTotalCents }) => sum + lineTotalCents, 0);
  const shippingCents = subtotalCents === 0 ? 0 : 499;
  return {
    version,
    currency: "USD",
    items,
    notices: [],
    subtotalCents,
    shippingCents,
    totalCents: subtotalCents + shippingCents,
  };
}

export function anOrder(more: Partial<Order> = {}, happened: string[] = ["placed"]): Order {
  return {
    id: orderId,
    status: "placed",
    email: "ada@example.com",
    shippingAddress: { name: "Ada", line1: "Square 1", city: "London", postalCode: "SW1", country: "GB" },
    currency: "USD",
    lines: [
      { sku: "CREW-NAVY-M", productId, name: "Breton Crew", options: {}, quantity: 1, unitPriceCents: 1200 },
    ],
    subtotalCents: 1200,
    shippingCents: 499,
    totalCents: 1699,
    payment: { status: "pending" },
    timeline: happened.map((status, i) => ({ status, at: `2026-01-01T10:00:0${i}.000Z` })),
    placedAt: "2026-01-01T10:00:00.000Z",
    ...more,
  };
}
