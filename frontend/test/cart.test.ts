import { maxQuantity, shipping } from "@sockshop/contracts/cart.ts";
import { describe, expect, test } from "vitest";
import { freeShippingFromCents, maxQuantity as shownMaximum } from "../src/cart/cart-rules.ts";
import { aCart, aProduct } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const line = "/api/cart/items/CREW-NAVY-M";

test("the rules shown are the contracts' rules", () => {
  expect({ freeShippingFromCents, shownMaximum }).toEqual({
    freeShippingFromCents: shipping.freeFromCents,
    shownMaximum: maxQuantity,
  });
});

describe("adding to the cart", () => {
  const product: Shop = { "GET /api/catalog/products/crew": () => json(aProduct()) };

  test("tells so at once and counts up in the header, for a visitor without a session too", async () => {
    let session: unknown = null;
    const shown = await visit("/products/crew", {
      ...product,
      "GET /api/auth/get-session": () => json(session),
      "POST /api/cart/items": () => {
        session = { user: { id: "g", name: "Guest", email: "g@guest", isAnonymous: true } };
        return json(aCart(1, [{ quantity: 2 }]));
      },
      "GET /api/cart": () => json(aCart(1, [{ quantity: 2 }])),
    });
    await shown.reads("A crew sock.");
    expect(shown.sent("GET", "/api/cart")).toHaveLength(0);
    await shown.button("One more").trigger("click");
    await shown.button("Add to cart").trigger("submit");
    await shown.reads("Added 2 × Breton Crew, navy, M");
    expect(shown.sent("POST", "/api/cart/items")[0]?.body).toEqual({ sku: "CREW-NAVY-M", quantity: 2 });
    await eventually(() => expect(shown.page.find(".badge").text()).toBe("2"));
  });

  test("says why it was refused", async () => {
    const shown = await visit("/products/crew", {
      ...product,
      "GET /api/cart": () => json(aCart(0, [])),
      "POST /api/cart/items": () => problem(409, { detail: "Sold out a moment ago." }),
    });
    await shown.reads("A crew sock.");
    await shown.button("Add to cart").trigger("submit");
    await shown.reads("It was not added. Sold out a moment ago.");
  });
});

describe("the cart", () => {
  test("shows a wish at once and sends only the last one while an earlier is under way", async () => {
    const gates: (() => void)[] = [];
    const shown = await visit("/cart", {
      "GET /api/cart": () => json(aCart(1)),
      [`PUT ${line}`]: async ({ body }) => {
        const { quantity } = body as { quantity: number };
        await new Promise<void>((open) => gates.push(open));
        return json(aCart(quantity, [{ quantity }]));
      },
    });
    await shown.reads("$12.00 each");
    for (const _ of [1, 2, 3]) await shown.button("One more").trigger("click");
    await shown.reads("$48.00");
    expect(shown.sent("PUT", line)).toHaveLength(1);
    await eventually(() => expect(gates).toHaveLength(1));
    gates[0]?.();
    await eventually(() => expect(gates).toHaveLength(2));
    gates[1]?.();
    await shown.reads("Breton Crew: quantity 4.");
    expect(shown.sent("PUT", line).map(({ body }) => body)).toEqual([{ quantity: 2 }, { quantity: 4 }]);
    expect(shown.page.text()).toContain("Total$52.99");
  });

  test("takes a wish back when the shop refuses it, and says so", async () => {
    const shown = await visit("/cart", {
      "GET /api/cart": () => json(aCart(1)),
      [`PUT ${line}`]: () => problem(409, { detail: "There are only 9." }),
    });
    await shown.reads("$12.00 each");
    await shown.button("One more").trigger("click");
    await shown.reads("Breton Crew could not be changed. There are only 9.");
    await eventually(() =>
      expect(shown.page.find<HTMLInputElement>("input[type=number]").element.value).toBe("1"),
    );
  });

  test("passes on what the shop noticed about a line, and how much is missing to free shipping", async () => {
    const notices = [{ type: "price-changed" as const, message: "Costs 1.00 more now." }];
    const shown = await visit("/cart", { "GET /api/cart": () => json(aCart(3, [{ notices }])) });
    await shown.reads("Costs 1.00 more now.");
    await shown.reads("$38.00 more and shipping is free.");
  });

  test("passes on what joining two carts had no room for", async () => {
    const message = "When your carts were joined there was no room for: Argyle.";
    const cart = { ...aCart(1), notices: [{ type: "lines-left-out", message }] };
    const shown = await visit("/cart", { "GET /api/cart": () => json(cart) });
    await shown.reads(message);
  });

  test("is plainly empty when it is", async () => {
    const shown = await visit("/cart", { "GET /api/cart": () => json(aCart(0, [])) });
    await shown.reads("Your cart is empty.");
  });
});
