import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";
import { type ProductFilters, readFilters, writeFilters } from "./product-filters.ts";

const none: ProductFilters = readFilters({});

/** The list's filters; they live in the address, so back, forward and shared links show the same list. */
export function useProductFilters() {
  const route = useRoute();
  const router = useRouter();
  const filters = computed(() => readFilters(route.query));

  /** A change of filters starts at the first page again. */
  const changed = (change: Partial<ProductFilters>) => ({
    path: "/",
    query: writeFilters({ ...filters.value, page: 1, ...change }),
  });

  return {
    filters,
    linkTo: changed,
    apply: (change: Partial<ProductFilters>) => router.push(changed(change)),
    /** For a change that goes on, like typing: no entry in the history for every letter. */
    refine: (change: Partial<ProductFilters>) => router.replace(changed(change)),
    cleared: computed(() => ({
      path: "/",
      query: writeFilters({ ...none, search: filters.value.search, sort: filters.value.sort }),
    })),
    activeCount: computed(() => {
      const { category, tag, brand, minPrice, maxPrice, inStock } = filters.value;
      return [category, tag, brand, minPrice, maxPrice, inStock].filter((value) => value || value === 0)
        .length;
    }),
  };
}
