import { lowStock } from "@sockshop/contracts/catalog.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import {
  available,
  evolve,
  factsOf,
  type Known,
  type Options,
  type ProductEvent,
  type ProductFacts,
  type ProductState,
  type VariantState,
  variantOf,
} from "./product-state.ts";

export const maxVariants = 50;
export const maxOnHand = 100_000_000;

export type Line = { sku: string; quantity: number };
type NewVariant = { sku: string; options: Options; priceCents: number; stock: number };
type VariantChange = { sku: string; priceCents?: number | undefined; options?: Options | undefined };
type FactsChange = { [Key in keyof Omit<ProductFacts, "slug" | "currency">]?: ProductFacts[Key] | undefined };
export type ProductCommand =
  | { type: "AddProduct"; facts: ProductFacts; variants: NewVariant[] }
  | { type: "ChangeProduct"; facts: FactsChange; variants?: VariantChange[] }
  | { type: "RetireProduct" }
  | { type: "ChangeStock"; sku: string; change: number; reason: string }
  /** All lines or none; a repeat while the order's units are held changes nothing. */
  | { type: "ReserveStock"; orderId: string; lines: Line[] }
  /** Lets go of what the order holds; nothing when it holds nothing. */
  | { type: "ReleaseStock"; orderId: string; reason: "undone" | "expired" }
  /** Takes what the order holds out of stock; nothing when it holds nothing. */
  | { type: "CommitStock"; orderId: string }
  /** Puts committed units back; how many, and that it happens once, is the stock operation's to know. */
  | { type: "ReturnStock"; orderId: string; lines: Line[] };

export type Refusal =
  | "out-of-stock"
  | "retired"
  | "unknown-product"
  | "unknown-sku"
  | "sku-twice"
  | "price-missing"
  | "too-many-variants"
  | "below-reserved"
  | "too-much-stock";

/** A command that the product's rules refuse; `skus` names the variants concerned. */
export class ProductRefused extends Error {
  override name = "ProductRefused";
  readonly refusal: Refusal;
  readonly skus: string[];

  constructor(refusal: Refusal, skus: string[] = []) {
    super([refusal, ...skus].join(" "));
    this.refusal = refusal;
    this.skus = skus;
  }
}

export const product: Aggregate<ProductState, ProductCommand, ProductEvent> = {
  stream: "product",
  topic: "product-events",
  initial: { status: "none" },
  decide(command, state) {
    const events = decideOn(command, state);
    return [...events, ...ranLow(state, events.reduce(evolve, state))];
  },
  evolve,
};

function decideOn(command: ProductCommand, state: ProductState): ProductEvent[] {
  if (command.type === "AddProduct") return state.status === "none" ? add(command) : [];
  if (state.status === "none") throw new ProductRefused("unknown-product");
  switch (command.type) {
    case "ChangeProduct":
      return change(command, active(state));
    case "RetireProduct":
      return state.status === "retired" ? [] : [{ type: "ProductRetired", data: {} }];
    case "ChangeStock":
      return changeStock(command, active(state));
    case "ReserveStock":
      return holds(state, command.orderId).length > 0 ? [] : reserve(command, active(state));
    case "ReleaseStock":
      return holds(state, command.orderId).map(({ variant, quantity }) => ({
        type: "StockReleased",
        data: {
          sku: variant.sku,
          quantity,
          available: available(variant) + quantity,
          orderId: command.orderId,
          reason: command.reason,
        },
      }));
    case "CommitStock":
      // What was held was not available, so that taking it out changes nothing for the next customer.
      return holds(state, command.orderId).map(({ variant, quantity }) => ({
        type: "StockCommitted",
        data: { sku: variant.sku, quantity, available: available(variant), orderId: command.orderId },
      }));
    case "ReturnStock":
      return stocked(state, command.lines).map(({ variant, quantity }) => ({
        type: "StockReturned",
        data: {
          sku: variant.sku,
          quantity,
          available: available(variant) + quantity,
          orderId: command.orderId,
        },
      }));
  }
}

function active(state: Known): Known {
  if (state.status === "retired") throw new ProductRefused("retired");
  return state;
}

function add(command: Extract<ProductCommand, { type: "AddProduct" }>): ProductEvent[] {
  refuseTwice(command.variants);
  if (command.variants.length > maxVariants) throw new ProductRefused("too-many-variants");
  const variants = command.variants.map(({ stock, ...variant }) => ({ ...variant, available: stock }));
  return [{ type: "ProductAdded", data: { ...command.facts, variants } }];
}

function change(command: Extract<ProductCommand, { type: "ChangeProduct" }>, state: Known): ProductEvent[] {
  const changes = command.variants ?? [];
  refuseTwice(changes);
  const kept = state.variants.map((variant) => {
    const asked = changes.find(({ sku }) => sku === variant.sku);
    return {
      sku: variant.sku,
      options: asked?.options ?? variant.options,
      priceCents: asked?.priceCents ?? variant.priceCents,
      available: available(variant),
    };
  });
  const added = changes
    .filter(({ sku }) => !variantOf(state, sku))
    .map(({ sku, options, priceCents }) => {
      if (priceCents === undefined) throw new ProductRefused("price-missing", [sku]);
      return { sku, options: options ?? {}, priceCents, available: 0 };
    });
  if (kept.length + added.length > maxVariants) throw new ProductRefused("too-many-variants");
  const facts = Object.fromEntries(Object.entries(command.facts).filter(([, value]) => value !== undefined));
  const data = { ...state.facts, ...facts, variants: [...kept, ...added] };
  return sameJson(data, factsOf(state)) ? [] : [{ type: "ProductChanged", data }];
}

function changeStock(
  command: Extract<ProductCommand, { type: "ChangeStock" }>,
  state: Known,
): ProductEvent[] {
  const variant = variantOf(state, command.sku);
  if (!variant) throw new ProductRefused("unknown-sku", [command.sku]);
  const next = available(variant) + command.change;
  if (next < 0) throw new ProductRefused("below-reserved", [command.sku]);
  if (variant.onHand + command.change > maxOnHand) throw new ProductRefused("too-much-stock", [command.sku]);
  const { sku, change: units, reason } = command;
  return [{ type: "StockReceived", data: { sku, change: units, reason, available: next } }];
}

function reserve(command: Extract<ProductCommand, { type: "ReserveStock" }>, state: Known): ProductEvent[] {
  const wanted = stocked(state, command.lines);
  const short = wanted.filter(({ variant, quantity }) => quantity > available(variant));
  if (short.length > 0)
    throw new ProductRefused(
      "out-of-stock",
      short.map(({ variant }) => variant.sku),
    );
  return wanted.map(({ variant, quantity }) => ({
    type: "StockReserved",
    data: {
      sku: variant.sku,
      quantity,
      available: available(variant) - quantity,
      orderId: command.orderId,
    },
  }));
}

type Stocked = { variant: VariantState; quantity: number };

const holds = (state: Known, orderId: string): Stocked[] =>
  state.variants.flatMap((variant) => {
    const quantity = variant.reserved[orderId];
    return quantity === undefined ? [] : [{ variant, quantity }];
  });

/** Lines of one variant count as one, or together they could take more than there is. */
function stocked(state: Known, lines: Line[]): Stocked[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => {
    const variant = variantOf(state, sku);
    if (!variant) throw new ProductRefused("unknown-sku", [sku]);
    return { variant, quantity };
  });
}

function ranLow(before: ProductState, after: ProductState): ProductEvent[] {
  if (before.status === "none" || after.status === "none") return [];
  return after.variants.flatMap((variant): ProductEvent[] => {
    const was = variantOf(before, variant.sku);
    const now = available(variant);
    if (!was || available(was) < lowStock || now >= lowStock) return [];
    return [{ type: "StockRanLow", data: { sku: variant.sku, available: now } }];
  });
}

function refuseTwice(variants: { sku: string }[]): void {
  const seen = new Set<string>();
  for (const { sku } of variants) {
    if (seen.has(sku)) throw new ProductRefused("sku-twice", [sku]);
    seen.add(sku);
  }
}

// The database keeps JSON with its keys in an order of its own.
const sameJson = (a: unknown, b: unknown) => canonical(a) === canonical(b);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
