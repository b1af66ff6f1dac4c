import { available, type ProductState, variantOf } from "./product-state.ts";

export type StockLine = { productId: string; sku: string; quantity: number };
type SeenLine = StockLine & { seenPriceCents: number };
type States = ReadonlyMap<string, ProductState>;

/** One line a variant, in the order products are locked: two lines that share one must not both find it available. */
export function sumLines(lines: StockLine[]): StockLine[] {
  const sums = new Map<string, StockLine>();
  for (const { productId, sku, quantity } of lines) {
    const key = `${productId} ${sku}`;
    sums.set(key, { productId, sku, quantity: (sums.get(key)?.quantity ?? 0) + quantity });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

/** The products of summed lines, each once, in the one order in which every transaction locks them. */
export const productsOf = (lines: StockLine[]): string[] => [
  ...new Set(lines.map(({ productId }) => productId)),
];

/** The skus that cannot be sold in this quantity: too few, retired, or unknown. */
export const shortSkus = (states: States, lines: StockLine[]): string[] =>
  lines
    .filter(({ productId, sku, quantity }) => {
      const state = states.get(productId);
      const variant = state?.status === "active" ? variantOf(state, sku) : undefined;
      return !variant || available(variant) < quantity;
    })
    .map(({ sku }) => sku);

/** Every variant whose price is not the one its customer saw. */
export function priceChanges(states: States, lines: SeenLine[]) {
  const changes = new Map<string, { sku: string; seenCents: number; nowCents: number }>();
  for (const { productId, sku, seenPriceCents } of lines) {
    const state = states.get(productId);
    const variant = state && variantOf(state, sku);
    if (variant && variant.priceCents !== seenPriceCents)
      changes.set(sku, { sku, seenCents: seenPriceCents, nowCents: variant.priceCents });
  }
  return [...changes.values()];
}
