import type { Order } from "@sockshop/contracts/order.ts";
import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, onScopeDispose, type Ref, ref, toValue, watch } from "vue";
import { api, orderEventsUrl } from "../api.ts";
import { hasStatus } from "../problem-error.ts";
import { retryDelay, worthRetrying } from "../query-client.ts";
import { useSession } from "../session/use-session.ts";
import { isComing, rememberGuestOrder } from "./guest-orders.ts";
import { isSettled } from "./order-steps.ts";

const pollMs = 2_000;
const reconnectMs = 10_000;
const comingMs = 1_000;

/**
 * An order as it goes on: pushed by the shop's event stream, or asked for every two seconds while the stream is away.
 */
export function useOrderProgress(id: MaybeRefOrGetter<string>) {
  const client = useQueryClient();
  const isStreaming = ref(false);
  const key = computed(() => ["order", toValue(id)]);
  const isRunning = ref(false);

  const query = useQuery({
    queryKey: key,
    queryFn: async () => newest(await api.order(toValue(id))),
    retry: (failures, error) => mayCome(error) || worthRetrying(failures, error),
    retryDelay: (failures, error) => (mayCome(error) ? comingMs : retryDelay(failures, error)),
    refetchInterval: computed(() => (isRunning.value && !isStreaming.value ? pollMs : false)),
  });

  /** Not there, but had by the guest who just became this account. */
  const mayCome = (error: Error | null) => hasStatus(error, 404) && isComing(toValue(id));

  /** A slow answer must not take the page back to an earlier step. */
  function newest(order: Order): Order {
    const known = client.getQueryData<Order>(["order", order.id]);
    return known && known.timeline.length > order.timeline.length ? known : order;
  }
  const show = (order: Order) => client.setQueryData(["order", order.id], newest(order));

  watch(query.data, (order) => (isRunning.value = order !== undefined && !isSettled(order)), {
    immediate: true,
  });
  useGuestMemory(query.data);
  const stream = useEventStream(show, isStreaming);
  watch(
    [isRunning, () => toValue(id)],
    ([running, orderId]) => (running ? stream.open(orderEventsUrl(orderId)) : stream.close()),
    { immediate: true },
  );

  return {
    order: query.data,
    error: query.error,
    /** Being fetched into the account that its guest became. */
    isJoining: computed(() => query.isPending.value && mayCome(query.failureReason.value)),
    retry: () => query.refetch(),
    isStreaming,
    isRunning,
    show,
  };
}

/** Remembers what a guest is shown; a visitor who is not known yet may be an account. */
function useGuestMemory(order: Ref<Order | undefined>) {
  const { account, isSettled: isVisitorKnown } = useSession();
  watch(
    [() => order.value?.id, () => isVisitorKnown.value && !account.value],
    ([id, isGuest]) => {
      if (id && isGuest) rememberGuestOrder(id);
    },
    { immediate: true },
  );
}

/** Holds one EventSource; the browser mends short breaks itself, a refused stream is tried again later. */
function useEventStream(show: (order: Order) => void, isStreaming: { value: boolean }) {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;

  function close() {
    clearTimeout(again);
    source?.close();
    source = undefined;
    isStreaming.value = false;
  }

  function open(url: string) {
    close();
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener("order", (event) => {
      isStreaming.value = true;
      show(JSON.parse((event as MessageEvent<string>).data) as Order);
    });
    opened.addEventListener("error", () => {
      isStreaming.value = false;
      if (opened.readyState === EventSource.CLOSED) again = setTimeout(() => open(url), reconnectMs);
    });
  }

  onScopeDispose(close);
  return { open, close };
}
