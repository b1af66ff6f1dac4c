import type { Cart, CartItem } from "@sockshop/contracts/cart.ts";
import { computed, type Ref, ref, watch } from "vue";
import { describeOptions, money } from "../format.ts";

const label = (item: CartItem) => [item.name, describeOptions(item.options)].filter(Boolean).join(", ");

/** What differs between two states of a cart, one sentence each. */
export function cartChanges(before: Cart, after: Cart): string[] {
  const bySku = (cart: Cart) => new Map(cart.items.map((item) => [item.sku, item]));
  const [old, now] = [bySku(before), bySku(after)];
  const gone = before.items.filter(({ sku }) => !now.has(sku)).map((item) => `${label(item)} is gone.`);
  const rest = after.items.flatMap((item) => lineChanges(old.get(item.sku), item, after.currency));
  return [...gone, ...rest];
}

function lineChanges(was: CartItem | undefined, is: CartItem, currency: string): string[] {
  if (!was) return [`${label(is)} was added.`];
  const changes: string[] = [];
  if (was.unitPriceCents !== is.unitPriceCents) {
    const [from, to] = [money(was.unitPriceCents, currency), money(is.unitPriceCents, currency)];
    changes.push(`${label(is)} now costs ${to} instead of ${from}.`);
  }
  if (was.quantity !== is.quantity)
    changes.push(`${label(is)}: the quantity is ${is.quantity} instead of ${was.quantity}.`);
  return changes;
}

/** Tells how the cart differs from the one that was shown first, so that no total moves in silence. */
export function useCartChanges(cart: Ref<Cart | undefined>) {
  const seen = ref<Cart>();
  watch(cart, (now) => (seen.value ??= now), { immediate: true });
  return computed(() => (seen.value && cart.value ? cartChanges(seen.value, cart.value) : []));
}
