import { describe, expect, test } from "vitest";
import { actionsFor } from "../src/admin/order-actions.ts";
import { anOrder, aPage, aProduct, orderId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const office: Shop = {
  "GET /api/auth/get-session": () =>
    json({ user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role: "admin" } }),
  "GET /api/catalog/products": () => json(aPage([aProduct()])),
  "GET /api/catalog/products/crew": () => json(aProduct()),
};

describe("what can be done with an order", () => {
  test("follows its state", () => {
    const paid = { payment: { status: "captured" as const } };
    expect(actionsFor(anOrder())).toEqual(["cancel"]);
    expect(actionsFor(anOrder({ status: "confirmed", ...paid }))).toEqual(["ship", "cancel"]);
    expect(actionsFor(anOrder({ status: "shipped", ...paid }))).toEqual(["deliver", "refund"]);
    expect(actionsFor(anOrder({ status: "delivered", ...paid }))).toEqual(["refund"]);
    expect(actionsFor(anOrder({ status: "rejected" }))).toEqual([]);
  });

  test("is nothing more once the order is being cancelled", () => {
    expect(actionsFor(anOrder({ status: "confirmed" }, ["placed", "confirmed", "cancel-requested"]))).toEqual(
      [],
    );
  });
});

describe("fulfilment", () => {
  const orders = (status: "confirmed" | "shipped") => ({
    items: [anOrder({ status, payment: { status: "captured" } })],
    total: 1,
    page: 1,
    pageSize: 20,
  });

  test("ships an order after asking, and shows what became of it", async () => {
    let status: "confirmed" | "shipped" = "confirmed";
    const shown = await visit("/admin/orders?status=confirmed", {
      ...office,
      "GET /api/orders": () => json(orders(status)),
      [`POST /api/orders/${orderId}/ship`]: () => {
        status = "shipped";
        return json(anOrder({ status }));
      },
    });
    await shown.reads(orderId.slice(-12));
    const asked = shown.sent("GET", "/api/orders")[0]?.query;
    expect([asked?.get("all"), asked?.get("status")]).toEqual(["true", "confirmed"]);
    await shown.button("Ship").trigger("click");
    expect(shown.sent("POST", `/api/orders/${orderId}/ship`)).toHaveLength(0);
    await shown.button("Yes, ship").trigger("submit");
    await shown.reads("The order is marked as shipped.");
    await eventually(() => expect(shown.button("Deliver").exists()).toBe(true));
  });

  test("says why an order could not be shipped", async () => {
    const shown = await visit("/admin/orders", {
      ...office,
      "GET /api/orders": () => json(orders("confirmed")),
      [`POST /api/orders/${orderId}/ship`]: () => problem(409, { detail: "It was cancelled." }),
    });
    await shown.reads(orderId.slice(-12));
    await shown.button("Ship").trigger("click");
    await shown.button("Yes, ship").trigger("submit");
    await shown.reads("Nothing was changed. It was cancelled.");
  });
});

describe("products and stock", () => {
  const stock = "/api/catalog/variants/CREW-NAVY-M/stock";

  test("receive units for one variant", async () => {
    const shown = await visit("/admin/products/crew", {
      ...office,
      [`POST ${stock}`]: () => json({ ...aProduct().variants[0], available: 59 }),
    });
    await shown.reads("Receive stock");
    await shown.field("Units").setValue("50");
    await shown.page.find('form[aria-label="Stock of CREW-NAVY-M"]').trigger("submit");
    await shown.reads("CREW-NAVY-M: 59 available now.");
    expect(shown.sent("POST", stock)[0]?.body).toEqual({ change: 50, reason: "Delivery" });
  });

  test("refuse what is no amount before it is sent", async () => {
    const shown = await visit("/admin/products/crew", office);
    await shown.reads("Change price");
    await shown.field("New price").setValue("cheap");
    await shown.page.find('form[aria-label="Price of CREW-NAVY-M"]').trigger("submit");
    await shown.reads("An amount such as 12.");
  });

  test("add a product with its variants, in cents", async () => {
    const shown = await visit("/admin/products/new", {
      ...office,
      "POST /api/catalog/products": () => json(aProduct(), 201),
    });
    await shown.reads("Save product");
    await shown.button("Save product").trigger("submit");
    await shown.reads("Must not be empty.");
    await shown.field("Name").setValue("Breton Crew");
    await shown.field("Category").setValue("everyday");
    await shown.field("SKU").setValue("CREW-NAVY-M");
    await shown.field("Price in USD").setValue("12.50");
    await shown.field("Units in stock").setValue("10");
    await shown.button("Save product").trigger("submit");
    await shown.reads("Breton Crew is in the shop.");
    expect(shown.sent("POST", "/api/catalog/products")[0]?.body).toMatchObject({
      name: "Breton Crew",
      variants: [{ sku: "CREW-NAVY-M", priceCents: 1250, stock: 10 }],
    });
  });
});
