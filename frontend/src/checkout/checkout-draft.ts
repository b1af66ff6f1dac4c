import { defineStore } from "pinia";
import { reactive } from "vue";
import type { PlaceOrder } from "../api.ts";
import { testCards } from "./test-cards.ts";

const emptyAddress = () => ({
  name: "",
  line1: "",
  line2: "",
  city: "",
  region: "",
  postalCode: "",
  country: regionOfBrowser(),
});

function regionOfBrowser(): string {
  const region = navigator.language?.split("-")[1] ?? "";
  return /^[A-Z]{2}$/.test(region) ? region : "US";
}

/** What was typed at the checkout; kept in memory only, so that a declined card does not cost the address. */
export const useCheckoutDraft = defineStore("checkout-draft", () => {
  const form = reactive({ email: "", token: testCards[0].token as string, address: emptyAddress() });

  /** The request as it would be sent now; optional fields that are empty are left out. */
  function toOrder(cartVersion: number, isGuest: boolean): PlaceOrder {
    const { line2, region, ...required } = form.address;
    return {
      ...(isGuest && { email: form.email.trim() }),
      shippingAddress: { ...required, ...(line2.trim() && { line2 }), ...(region.trim() && { region }) },
      payment: { token: form.token },
      cart: { version: cartVersion },
    };
  }

  return { form, toOrder };
});
