import { useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { api } from "../api.ts";

const againMs = 2_000;

/** What an order's long work did, asked for again while it goes on. */
export function useOrderSaga(orderId: Readonly<Ref<string>>) {
  const query = useQuery({
    queryKey: ["order-saga", orderId],
    queryFn: () => api.orderSaga(orderId.value),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.sagas.some(({ finishedAt }) => !finishedAt) ? againMs : false,
  });
  /** The trace in which it was placed. */
  const traceId = computed(() => query.data.value?.history[0]?.traceId);
  return { saga: query.data, error: query.error, refetch: query.refetch, traceId };
}
