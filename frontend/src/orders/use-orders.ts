import type { OrderStatus } from "@sockshop/contracts/order.ts";
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, ref, toValue, watch } from "vue";
import { useRoute } from "vue-router";
import { api } from "../api.ts";
import { areComing } from "./guest-orders.ts";

type Options = { all?: boolean; status?: OrderStatus | undefined; enabled?: boolean };
const pageSize = 20;
const comingMs = 1_000;

/** The page of orders that the address asks for: one's own, or for administrators everyone's. */
export function useOrders(options: MaybeRefOrGetter<Options> = {}) {
  const route = useRoute();
  const query = computed(() => {
    const { all, status } = toValue(options);
    const page = Math.max(1, Number(route.query.page) || 1);
    return { page, pageSize, ...(status && { status }), ...(all && { all: "true" }) };
  });
  const isJoining = ref(false);
  const orders = useQuery({
    queryKey: ["orders", query],
    queryFn: () => api.orders(query.value),
    enabled: computed(() => toValue(options).enabled ?? true),
    placeholderData: keepPreviousData,
    staleTime: 2_000,
    refetchInterval: computed(() => (isJoining.value ? comingMs : false)),
  });

  /** The newest of one's own are where a guest's orders show up in the account that the guest became. */
  watch(
    orders.dataUpdatedAt,
    () => {
      const { items, page } = orders.data.value ?? {};
      isJoining.value = !toValue(options).all && page === 1 && areComing((items ?? []).map(({ id }) => id));
    },
    { immediate: true },
  );
  return { ...orders, isJoining };
}
