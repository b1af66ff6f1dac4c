import { describe, expect, test } from "vitest";
import { aCart, anOrder, orderId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

type Shown = Awaited<ReturnType<typeof visit>>;
const placedOrder: Shop = {
  "GET /api/cart": () => json(aCart(4)),
  [`GET /api/orders/${orderId}`]: () => json(anOrder({ status: "rejected", reason: "payment-declined" })),
};

async function fillIn(shown: Shown) {
  await shown.reads("Where to?");
  await shown.field("E-mail").setValue("ada@example.com");
  await shown.field("Full name").setValue("Ada Lovelace");
  await shown.field("Street and number").setValue("Square 12");
  await shown.field("Postal code").setValue("SW1Y");
  await shown.field("City").setValue("London");
  await shown.field("Country").setValue("GB");
}
const placeOrder = (shown: Shown) => shown.button("Place order").trigger("submit");
const keys = (shown: Shown) =>
  shown.sent("POST", "/api/orders").map(({ headers }) => headers.get("idempotency-key"));
const accepted = () => json({ id: orderId, status: "placed" }, 202);

describe("placing an order", () => {
  test("sends what was shown, once, however often the button is pressed", async () => {
    const shown = await visit("/checkout", { ...placedOrder, "POST /api/orders": accepted });
    await fillIn(shown);
    await shown.page.find('input[value="tok_slow"]').setValue(true);
    await Promise.all([placeOrder(shown), placeOrder(shown)]);
    await eventually(() => expect(shown.router.currentRoute.value.path).toBe(`/orders/${orderId}`));
    const orders = shown.sent("POST", "/api/orders");
    expect(orders).toHaveLength(1);
    expect(orders[0]?.body).toEqual({
      email: "ada@example.com",
      shippingAddress: {
        name: "Ada Lovelace",
        line1: "Square 12",
        city: "London",
        postalCode: "SW1Y",
        country: "GB",
      },
      payment: { token: "tok_slow" },
      cart: { version: 4 },
    });
    expect(orders[0]?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
  });

  test("keeps its key over retries whose outcome nobody knows, and takes a new one for another order", async () => {
    const shown = await visit("/checkout", {
      ...placedOrder,
      "POST /api/orders": () => Promise.reject(new TypeError("network")),
    });
    await fillIn(shown);
    await placeOrder(shown);
    await shown.reads("it will never be placed or charged twice");
    await placeOrder(shown);
    await eventually(() => expect(keys(shown)).toHaveLength(2));
    await eventually(() => expect(shown.button("Place order").attributes("aria-disabled")).toBe("false"));
    await shown.field("City").setValue("Leeds");
    await placeOrder(shown);
    await eventually(() => expect(keys(shown)).toHaveLength(3));
    const [first, second, third] = keys(shown);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test("takes a new key for the same order after it was rejected, with everything still filled in", async () => {
    const shown = await visit("/checkout", { ...placedOrder, "POST /api/orders": accepted });
    await fillIn(shown);
    await placeOrder(shown);
    await shown.reads("The bank declined this card");
    await shown.link("Try another card").trigger("click");
    await shown.reads("Where to?");
    await placeOrder(shown);
    await eventually(() => expect(keys(shown)).toHaveLength(2));
    expect(keys(shown)[1]).not.toBe(keys(shown)[0]);
  });

  test("shows what changed in a stale cart and orders the new one only when asked again", async () => {
    const changed = aCart(5, [{ unitPriceCents: 1500 }]);
    const shown = await visit("/checkout", {
      ...placedOrder,
      "POST /api/orders": ({ body }) =>
        (body as { cart: { version: number } }).cart.version === 5
          ? accepted()
          : problem(409, { cart: changed }),
    });
    await fillIn(shown);
    await placeOrder(shown);
    await shown.reads("Breton Crew, navy now costs $15.00 instead of $12.00.");
    expect(shown.sent("POST", "/api/orders")).toHaveLength(1);
    await placeOrder(shown);
    await eventually(() => expect(shown.router.currentRoute.value.path).toBe(`/orders/${orderId}`));
    expect(keys(shown)[1]).not.toBe(keys(shown)[0]);
  });

  test("leads to the earlier order when this cart was ordered already", async () => {
    const shown = await visit("/checkout", {
      ...placedOrder,
      "POST /api/orders": () => problem(409, {}, { location: `/api/orders/${orderId}` }),
    });
    await fillIn(shown);
    await placeOrder(shown);
    await eventually(() => expect(shown.router.currentRoute.value.path).toBe(`/orders/${orderId}`));
  });

  test("names what is missing at its field, before anything is sent", async () => {
    const shown = await visit("/checkout", placedOrder);
    await shown.reads("Where to?");
    await placeOrder(shown);
    await shown.reads("Must not be empty.");
    expect(shown.sent("POST", "/api/orders")).toHaveLength(0);
    expect(document.activeElement).toBe(shown.field("E-mail").element);
  });

  test("puts the shop's own objections at their fields", async () => {
    const errors = [{ field: "shippingAddress.postalCode", message: "is not known" }];
    const shown = await visit("/checkout", {
      ...placedOrder,
      "POST /api/orders": () => problem(422, { detail: "Check the address.", errors }),
    });
    await fillIn(shown);
    await placeOrder(shown);
    await shown.reads("Is not known.");
    expect(shown.field("Postal code").attributes("aria-invalid")).toBe("true");
  });

  test("asks an account for no e-mail address", async () => {
    const account = { user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false } };
    const shown = await visit("/checkout", {
      ...placedOrder,
      "GET /api/auth/get-session": () => json(account),
    });
    await shown.reads("Signed in as ada@example.com.");
    expect(shown.page.find('input[type="email"]').exists()).toBe(false);
  });
});
