import type { Cart } from "@sockshop/contracts/cart.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import { api } from "../api.ts";
import { sessionQuery, useSession } from "../session/use-session.ts";

export const cartKey = ["cart"];

/** The cart; it is asked for only once there is a session, so that looking around starts none. */
export function useCart() {
  const { hasSession, isSettled } = useSession();
  const query = useQuery({ queryKey: cartKey, queryFn: () => api.cart(), enabled: hasSession });
  const cart = computed(() => (hasSession.value ? query.data.value : undefined));
  return {
    cart,
    isLoading: computed(() => !isSettled.value || (hasSession.value && query.isPending.value)),
    error: computed(() => (cart.value ? null : query.error.value)),
    retry: () => query.refetch(),
    count: computed(() => cart.value?.items.reduce((sum, item) => sum + item.quantity, 0) ?? 0),
  };
}

/** Keeps what the server said last: answers to parallel changes may overtake each other, versions do not. */
export function useKeepCart() {
  const client = useQueryClient();
  return (cart: Cart) =>
    client.setQueryData<Cart>(cartKey, (known) => (known && known.version > cart.version ? known : cart));
}

/** Puts a variant into the cart; the first time this begins a guest's session. */
export function useAddToCart() {
  const client = useQueryClient();
  const keep = useKeepCart();
  return useMutation({
    mutationFn: api.addToCart,
    onSuccess: async (cart) => {
      keep(cart);
      if (!client.getQueryData(sessionQuery.queryKey)) await client.refetchQueries(sessionQuery);
    },
  });
}
