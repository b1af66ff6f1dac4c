import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { api } from "../api.ts";
import { buckets, stepFor } from "./error-buckets.ts";
import type { LogFilters } from "./log-filters.ts";
import { boundsOf } from "./period.ts";

const hourMs = 3_600_000;
const againMs = 15_000;

/** Errors and warnings of the period that is looked at, or of the hour before its end where its beginning is open. */
export function useErrorCounts(filters: Ref<LogFilters>) {
  const period = computed(() => {
    const { last, from, to } = filters.value;
    return { last, from, to };
  });
  /** Evaluated at each look, since a period may end now. */
  const spanNow = () => {
    const { from, to } = boundsOf(period.value);
    const end = to ? new Date(to).getTime() : Date.now();
    const start = from ? new Date(from).getTime() : end - hourMs;
    return { from: start, to: end, step: stepFor(start, end) };
  };
  const query = useQuery({
    queryKey: ["error-counts", period],
    queryFn: async () => {
      const span = spanNow();
      const first = Math.floor(span.from / (span.step * 60_000)) * span.step * 60_000;
      const { items } = await api.errorCounts({
        from: new Date(first).toISOString(),
        to: new Date(span.to).toISOString(),
        step: span.step,
      });
      return { items, span };
    },
    placeholderData: keepPreviousData,
    refetchInterval: computed(() => (period.value.to ? false : againMs)),
  });
  const bars = computed(() => {
    const { service } = filters.value;
    const found = query.data.value;
    return found && buckets(found.items, { ...found.span, ...(service && { service }) });
  });
  return { bars, step: computed(() => query.data.value?.span.step), error: query.error };
}
