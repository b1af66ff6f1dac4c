import type { OwnRating } from "@sockshop/contracts/rating.ts";
import { computed, reactive, ref } from "vue";
import { useAnnouncements } from "../announcements.ts";
import { api, type RatingEdit } from "../api.ts";
import { fieldErrors, ProblemError } from "../problem-error.ts";
import { useRefreshRatings } from "./use-product-ratings.ts";

/** What a rating is given for, or the rating that is edited. */
export type Rated = { orderId: string; productId: string } | OwnRating;

/** Writes a new rating or edits one, once at a time. */
export function useRatingForm(rated: Rated, done: () => void) {
  const refresh = useRefreshRatings();
  const { announce } = useAnnouncements();
  const existing = "id" in rated ? rated : undefined;
  const { stars = 0, title = "", comment = "" } = existing ?? {};
  const form = reactive({ stars, title, comment });
  const error = ref<unknown>();
  const isSending = ref(false);
  const checked = ref<Record<string, string>>({});

  async function submit() {
    if (isSending.value) return;
    checked.value = form.stars === 0 ? { stars: "Choose from one to five stars." } : {};
    if (form.stars === 0) return;
    isSending.value = true;
    error.value = undefined;
    await send({ ...form }).catch(refused);
    isSending.value = false;
  }

  async function send(body: RatingEdit) {
    const { orderId, productId } = rated;
    const { status } = existing
      ? await api.editRating(existing.id, body)
      : await api.rate({ orderId, productId, ...body });
    announce(
      status === "approved"
        ? "Thank you, your rating is published."
        : "Thank you. We will read your rating before it is published.",
    );
    await refresh();
    done();
  }

  async function refused(caught: unknown) {
    error.value = caught;
    // Sent twice, or from another window: what is there now is shown.
    if (caught instanceof ProblemError && caught.problem.type.endsWith(":already-rated")) await refresh();
  }

  return {
    form,
    submit,
    isSending,
    error,
    fields: computed(() => ({ ...fieldErrors(error.value), ...checked.value })),
  };
}
