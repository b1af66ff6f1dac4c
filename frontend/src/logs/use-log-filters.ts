import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";
import { type LogFilters, readLogFilters, writeLogFilters } from "./log-filters.ts";

/** The log explorer's filters; they live in the address, so that a link shows a colleague the same lines. */
export function useLogFilters() {
  const route = useRoute();
  const router = useRouter();
  const filters = computed(() => readLogFilters(route.query));
  const changed = (change: Partial<LogFilters>) => ({
    path: "/admin/logs",
    query: writeLogFilters({ ...filters.value, ...change }),
  });
  return {
    filters,
    apply: (change: Partial<LogFilters>) => router.push(changed(change)),
    /** For typing: no entry in the history for every letter. */
    refine: (change: Partial<LogFilters>) => router.replace(changed(change)),
    isFiltered: computed(() => Object.keys(writeLogFilters(filters.value)).length > 0),
  };
}
