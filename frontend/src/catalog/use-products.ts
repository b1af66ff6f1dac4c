import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { api } from "../api.ts";
import { type ProductFilters, writeFilters } from "./product-filters.ts";

export const productsKey = "products";
const pageSize = 24;

/** One page of the list; while the next is fetched the old one stays, so that nothing jumps. */
export function useProducts(filters: Ref<ProductFilters>) {
  const query = computed(() => ({
    ...(writeFilters(filters.value) as Record<string, string>),
    sort: filters.value.sort,
    pageSize,
  }));
  return useQuery({
    queryKey: [productsKey, query],
    queryFn: ({ signal }) => api.products(query.value, { signal }),
    placeholderData: keepPreviousData,
  });
}
