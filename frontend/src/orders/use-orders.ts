import type { OrderStatus } from "@sockshop/contracts/order.ts";
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { useRoute } from "vue-router";
import { api } from "../api.ts";

type Options = { all?: boolean; status?: OrderStatus | undefined; enabled?: boolean };
const pageSize = 20;

/** The page of orders that the address asks for: one's own, or for administrators everyone's. */
export function useOrders(options: MaybeRefOrGetter<Options> = {}) {
  const route = useRoute();
  const query = computed(() => {
    const { all, status } = toValue(options);
    const page = Math.max(1, Number(route.query.page) || 1);
    return { page, pageSize, ...(status && { status }), ...(all && { all: "true" }) };
  });
  return useQuery({
    queryKey: ["orders", query],
    queryFn: () => api.orders(query.value),
    enabled: computed(() => toValue(options).enabled ?? true),
    placeholderData: keepPreviousData,
    staleTime: 2_000,
  });
}
