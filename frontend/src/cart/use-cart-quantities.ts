import type { Cart, CartItem } from "@sockshop/contracts/cart.ts";
import { useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref, reactive } from "vue";
import { useAnnouncements } from "../announcements.ts";
import { api } from "../api.ts";
import { explain, hasStatus } from "../problem-error.ts";
import { cartKey, useKeepCart } from "./use-cart.ts";

export type ShownItem = CartItem & { saving: boolean };

/**
 * Quantities as the customer wants them, shown at once and marked until the cart agrees. Only the last wish for a line
 * is sent while an earlier one is under way; one that fails is taken back, and said so.
 */
export function useCartQuantities(cart: Ref<Cart | undefined>) {
  const client = useQueryClient();
  const keep = useKeepCart();
  const { announce } = useAnnouncements();
  const wanted = reactive(new Map<string, number>());
  const sending = new Set<string>();

  const items = computed<ShownItem[]>(() =>
    (cart.value?.items ?? []).map((item) => {
      const quantity = wanted.get(item.sku);
      if (quantity === undefined) return { ...item, saving: false };
      return { ...item, quantity, lineTotalCents: item.unitPriceCents * quantity, saving: true };
    }),
  );

  async function setQuantity(item: CartItem, quantity: number) {
    wanted.set(item.sku, quantity);
    if (sending.has(item.sku)) return;
    sending.add(item.sku);
    await sendLast(item).catch((error) => takeBack(item, error));
    sending.delete(item.sku);
    wanted.delete(item.sku);
  }

  async function sendLast(item: CartItem) {
    let sent: number | undefined;
    while (sent !== wanted.get(item.sku)) {
      sent = wanted.get(item.sku) ?? 0;
      keep(await (sent === 0 ? api.removeFromCart(item.sku) : api.setQuantity(item.sku, sent)));
    }
    announce(sent === 0 ? `${item.name} was removed.` : `${item.name}: quantity ${sent}.`);
  }

  async function takeBack(item: CartItem, error: unknown) {
    const why = hasStatus(error, 404) ? "It is no longer in your cart." : explain(error);
    announce(`${item.name} could not be changed. ${why}`, "bad");
    await client.refetchQueries({ queryKey: cartKey });
  }

  return { items, isSaving: computed(() => wanted.size > 0), setQuantity };
}
