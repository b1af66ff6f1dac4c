import type { OwnRatings } from "@sockshop/contracts/rating.ts";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { api } from "../api.ts";
import { useSession } from "../session/use-session.ts";

type Asked = { productId?: string; orderId?: string; page?: number };
type Options = { awaited?: boolean };

const pageSize = 20;
const awaitEveryMs = 1_500;
const awaitTimes = 10;

/**
 * What the visitor rated and may still rate; asked for only where there is a session. What is `awaited` is asked for
 * again for a while until there is something: the word of a delivery travels a moment.
 */
export function useOwnRatings(asked: MaybeRefOrGetter<Asked>, { awaited = false }: Options = {}) {
  const { hasSession } = useSession();
  const query = computed(() => ({ pageSize, ...toValue(asked) }));
  return useQuery({
    queryKey: ["own-ratings", query],
    queryFn: () => api.ownRatings(query.value),
    enabled: hasSession,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      const isEmpty = !state.data || state.data.items.length + state.data.rateable.length === 0;
      return awaited && isEmpty && state.dataUpdateCount < awaitTimes ? awaitEveryMs : false;
    },
  });
}

/** Keeps what the visitor just voted among what is known about the product. */
export function useKeepOwnVote() {
  const client = useQueryClient();
  return (productId: string, ratingId: string, voted: boolean) =>
    client.setQueryData<OwnRatings>(["own-ratings", { pageSize, productId }], (known) => {
      if (!known) return known;
      const others = known.votes.filter((id) => id !== ratingId);
      return { ...known, votes: voted ? [...others, ratingId] : others };
    });
}
