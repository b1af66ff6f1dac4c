import { useQuery } from "@tanstack/vue-query";
import { api } from "../api.ts";

/** Where a trace's own page is, for administrators; undefined while it is not known, or where no traces are kept. */
export function useTraces() {
  const { data } = useQuery({ queryKey: ["traces"], queryFn: api.traces, staleTime: 300_000 });
  return {
    traces: data,
    traceUrl: (traceId: string | undefined): string | undefined =>
      traceId && data.value?.url ? data.value.url + traceId : undefined,
  };
}
