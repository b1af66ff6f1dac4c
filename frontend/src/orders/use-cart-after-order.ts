import type { Order } from "@sockshop/contracts/order.ts";
import { useQueryClient } from "@tanstack/vue-query";
import { onScopeDispose, type Ref, watch } from "vue";
import { cartKey } from "../cart/use-cart.ts";
import { forgetAttempt } from "../checkout/order-attempt.ts";

/** The cart hears of a confirmed order by an event of its own, a moment after the order says so. */
const cartCatchesUpMs = [0, 800, 3_000];

/** A confirmed order leaves the cart; a rejected or cancelled one frees the checkout for a new attempt. */
export function useCartAfterOrder(order: Ref<Order | undefined>) {
  const client = useQueryClient();
  let timers: ReturnType<typeof setTimeout>[] = [];
  const refresh = () => void client.invalidateQueries({ queryKey: cartKey });

  watch(
    () => [order.value?.id, order.value?.status] as const,
    ([id, status]) => {
      if (status === "rejected" || status === "cancelled") forgetAttempt(id);
      if (status === "confirmed" || status === "rejected")
        timers = cartCatchesUpMs.map((ms) => setTimeout(refresh, ms));
    },
    { immediate: true },
  );
  onScopeDispose(() => timers.forEach(clearTimeout));
}
