import type { Cart } from "@sockshop/contracts/cart.ts";
import { useQueryClient } from "@tanstack/vue-query";
import { type Ref, ref } from "vue";
import { useRouter } from "vue-router";
import { api, type PlaceOrder } from "../api.ts";
import { cartKey, useKeepCart } from "../cart/use-cart.ts";
import { fieldErrors, hasStatus, type ProblemError } from "../problem-error.ts";
import { checkOrder } from "./check-order.ts";
import { useCheckoutDraft } from "./checkout-draft.ts";
import { attemptAccepted, attemptKey, forgetAttempt } from "./order-attempt.ts";

/** Places the order once, however often it is asked to, and says what to do when the shop did not take it. */
export function useCheckout(cart: Ref<Cart | undefined>, isGuest: Ref<boolean>) {
  const client = useQueryClient();
  const router = useRouter();
  const keepCart = useKeepCart();
  const draft = useCheckoutDraft();
  const fields = ref<Record<string, string>>({});
  const error = ref<unknown>();
  const isPlacing = ref(false);

  async function place() {
    if (isPlacing.value || !cart.value) return;
    error.value = undefined;
    const order = draft.toOrder(cart.value.version, isGuest.value);
    fields.value = checkOrder(order);
    if (Object.keys(fields.value).length > 0) return;
    isPlacing.value = true;
    await send(order).catch(refused);
    isPlacing.value = false;
  }

  async function send(order: PlaceOrder) {
    const accepted = await api.placeOrder(order, attemptKey(order));
    await goTo(accepted.id);
  }

  async function goTo(orderId: string) {
    attemptAccepted(orderId);
    await client.invalidateQueries({ queryKey: ["orders"] });
    await router.push(`/orders/${orderId}`);
  }

  async function refused(caught: unknown) {
    if (hasStatus(caught, 409)) return clashed(caught);
    fields.value = fieldErrors(caught);
    error.value = caught;
    // The shop knows this key with another order: a fresh one, and the customer may try again.
    if (hasStatus(caught, 422) && Object.keys(fields.value).length === 0) forgetAttempt();
  }

  /** Either this cart was ordered already, or it is not the one that was shown. */
  async function clashed(problem: ProblemError) {
    const earlier = problem.location?.match(/\/orders\/([^/?#]+)/)?.[1];
    if (earlier) return goTo(earlier);
    error.value = problem;
    const current = problem.problem.cart;
    if (current) keepCart(current as Cart);
    else await client.refetchQueries({ queryKey: cartKey });
  }

  return { form: draft.form, place, isPlacing, fields, error };
}
