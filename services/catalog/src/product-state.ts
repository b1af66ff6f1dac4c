import type { productEvents } from "@sockshop/contracts/catalog.ts";
import type { z } from "zod";
import type { SockDesign } from "./illustration.ts";

export type Options = Record<string, string>;
export type ProductFacts = {
  slug: string;
  name: string;
  description: string;
  brand: string;
  category: string;
  tags: string[];
  images: string[];
  currency: string;
  /** How the product is drawn; without one the drawing follows from the other facts. */
  design?: SockDesign;
};
export type VariantState = {
  sku: string;
  options: Options;
  priceCents: number;
  onHand: number;
  /** Units held for orders that are not paid yet, by order id. */
  reserved: Record<string, number>;
};
export type ProductState =
  | { status: "none" }
  | { status: "active" | "retired"; facts: ProductFacts; variants: VariantState[] };

/** A product that has been added. */
export type Known = Exclude<ProductState, { status: "none" }>;

const held = (variant: VariantState): number =>
  Object.values(variant.reserved).reduce((sum, quantity) => sum + quantity, 0);
/** Units that can be sold now. */
export const available = (variant: VariantState): number => variant.onHand - held(variant);
export const variantOf = (state: ProductState, sku: string): VariantState | undefined =>
  state.status === "none" ? undefined : state.variants.find((variant) => variant.sku === sku);

type EventData = { [Type in keyof typeof productEvents]: z.infer<(typeof productEvents)[Type]> };
type Told<Type extends keyof EventData> = EventData[Type] &
  (Type extends "ProductAdded" | "ProductChanged" ? { design?: SockDesign } : unknown);
export type ProductEvent = { [Type in keyof EventData]: { type: Type; data: Told<Type> } }[keyof EventData];

/** The product as its events tell it: what is available, and not what is on hand. */
export const factsOf = ({ facts, variants }: Known) => ({
  ...facts,
  variants: variants.map((variant) => ({
    sku: variant.sku,
    options: variant.options,
    priceCents: variant.priceCents,
    available: available(variant),
  })),
});

/** The state after an event; events are facts and never refused. */
export function evolve(state: ProductState, event: ProductEvent): ProductState {
  switch (event.type) {
    case "ProductAdded":
    case "ProductChanged": {
      const { variants, ...facts } = event.data;
      return {
        status: state.status === "retired" ? "retired" : "active",
        facts,
        // A variant that is new has nothing reserved: what is available is what is on hand.
        variants: variants.map(({ available: units, ...variant }) => {
          const { onHand, reserved } = variantOf(state, variant.sku) ?? { onHand: units, reserved: {} };
          return { ...variant, onHand, reserved };
        }),
      };
    }
    case "ProductRetired":
      return state.status === "none" ? state : { ...state, status: "retired" };
    case "StockRanLow":
      return state;
    default:
      return onVariant(state, event.data.sku, (variant) => moveStock(variant, event));
  }
}

type StockEvent = Extract<
  ProductEvent,
  { type: "StockReceived" | "StockReserved" | "StockReleased" | "StockCommitted" | "StockReturned" }
>;

function moveStock(variant: VariantState, { type, data }: StockEvent): VariantState {
  switch (type) {
    case "StockReceived":
      return { ...variant, onHand: variant.onHand + data.change };
    case "StockReserved":
      return { ...variant, reserved: { ...variant.reserved, [data.orderId]: data.quantity } };
    case "StockReleased":
      return { ...variant, reserved: without(variant.reserved, data.orderId) };
    case "StockCommitted":
      return {
        ...variant,
        onHand: variant.onHand - data.quantity,
        reserved: without(variant.reserved, data.orderId),
      };
    case "StockReturned":
      return { ...variant, onHand: variant.onHand + data.quantity };
  }
}

const without = (reserved: Record<string, number>, orderId: string) => {
  const { [orderId]: _gone, ...rest } = reserved;
  return rest;
};

function onVariant(
  state: ProductState,
  sku: string,
  move: (variant: VariantState) => VariantState,
): ProductState {
  if (state.status === "none") return state;
  return {
    ...state,
    variants: state.variants.map((variant) => (variant.sku === sku ? move(variant) : variant)),
  };
}
