import type { ModeratedRating, RatingStatus } from "@sockshop/contracts/rating.ts";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { useRoute } from "vue-router";
import { useAnnouncements } from "../announcements.ts";
import { api } from "../api.ts";
import { explain } from "../problem-error.ts";
import { useRefreshRatings } from "./use-product-ratings.ts";

/** The page of ratings in one state that the address asks for. */
export function useModeration(status: Ref<RatingStatus>) {
  const route = useRoute();
  const query = computed(() => ({
    status: status.value,
    page: Math.max(1, Number(route.query.page) || 1),
    pageSize: 20,
  }));
  return useQuery({
    queryKey: ["moderation", query],
    queryFn: () => api.ratingsByStatus(query.value),
    placeholderData: keepPreviousData,
    staleTime: 2_000,
  });
}

/** Decides over a rating as it was read: with a reason it is rejected, without one approved. */
export function useDecision() {
  const refresh = useRefreshRatings();
  const { announce } = useAnnouncements();
  return useMutation({
    mutationFn: ({ rating: { id, revision }, reason }: { rating: ModeratedRating; reason?: string }) =>
      reason === undefined ? api.approveRating(id, revision) : api.rejectRating(id, { reason, revision }),
    onSuccess: ({ status }) =>
      announce(status === "approved" ? "The rating is published." : "The rating is not published."),
    onError: (error) => announce(`Nothing was changed. ${explain(error)}`, "bad"),
    onSettled: refresh,
  });
}
