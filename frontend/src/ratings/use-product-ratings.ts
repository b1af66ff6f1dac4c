import type { ProductRatingPage } from "@sockshop/contracts/rating.ts";
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, type Ref, toValue } from "vue";
import { api, type RatingSort } from "../api.ts";

const pageSize = 8;
const ratingsKey = "ratings";

/** What everybody thinks of a product, more of it on demand. */
export function useProductRatings(productId: MaybeRefOrGetter<string>, sort: Ref<RatingSort>) {
  const query = useInfiniteQuery({
    queryKey: [ratingsKey, productId, sort],
    queryFn: ({ pageParam }) =>
      api.productRatings(toValue(productId), { sort: sort.value, page: pageParam, pageSize }),
    initialPageParam: 1,
    getNextPageParam: ({ page, total }) => (page * pageSize < total ? page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
  const pages = computed(() => query.data.value?.pages);
  return {
    summary: computed(() => pages.value?.at(-1)?.summary),
    /** A rating that came in meanwhile moves the others to the next page: each is shown once. */
    ratings: computed(() => [
      ...new Map(pages.value?.flatMap(({ items }) => items).map((rating) => [rating.id, rating])).values(),
    ]),
    error: query.error,
    refetch: query.refetch,
    hasMore: query.hasNextPage,
    more: () => query.fetchNextPage(),
    isFetchingMore: query.isFetchingNextPage,
  };
}

/** Shows a changed vote count where it stands; the order of the list waits until the reader comes back to it. */
export function useKeepVotes() {
  const client = useQueryClient();
  return (ratingId: string, helpful: number) =>
    client.setQueriesData<InfiniteData<ProductRatingPage>>({ queryKey: [ratingsKey] }, (data) => {
      if (!data) return data;
      const pages = data.pages.map((page) => ({
        ...page,
        items: page.items.map((rating) => (rating.id === ratingId ? { ...rating, helpful } : rating)),
      }));
      return { ...data, pages };
    });
}

/** Asks again for everything that a changed rating shows in. */
export function useRefreshRatings() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [ratingsKey, "own-ratings", "moderation", "product"].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
}
