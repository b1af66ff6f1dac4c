import type { ChartName } from "@sockshop/contracts/monitoring.ts";
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { api } from "../api.ts";

/** Samples come every ten seconds. */
const freshMs = 10_000;

export const useChartList = () =>
  useQuery({ queryKey: ["monitoring", "charts"], queryFn: () => api.charts(), refetchInterval: 60_000 });

/** One chart, drawn on while it is looked at. */
export function useChart(
  asked: MaybeRefOrGetter<{ name: ChartName; minutes: number }>,
  enabled: MaybeRefOrGetter<boolean>,
) {
  const key = computed(() => toValue(asked));
  return useQuery({
    queryKey: ["monitoring", "chart", key],
    enabled: computed(() => toValue(enabled)),
    queryFn: () => api.chart(key.value.name, key.value.minutes),
    placeholderData: keepPreviousData,
    staleTime: freshMs,
    refetchInterval: freshMs,
  });
}
