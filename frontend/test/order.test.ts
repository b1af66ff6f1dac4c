import type { Order } from "@sockshop/contracts/order.ts";
import { describe, expect, test } from "vitest";
import { canCancel, orderSteps } from "../src/orders/order-steps.ts";
import { Stream } from "./event-source.ts";
import { anOrder, orderId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const path = `/api/orders/${orderId}`;
const withOrder = (order: () => Order, more: Shop = {}): Shop => ({
  [`GET ${path}`]: () => json(order()),
  ...more,
});
const theStream = () =>
  eventually(() => expect(Stream.opened).toHaveLength(1)).then(() => Stream.opened[0] as Stream);
const states = (order: Order) => orderSteps(order).map(({ key, state }) => `${key} ${state}`);

describe("the steps of an order", () => {
  test("are done up to where the checkout is, and one is under way", () => {
    const order = anOrder({}, ["placed", "stock-reserved", "payment-authorized"]);
    expect(states(order).slice(2, 5)).toEqual([
      "payment-authorized done",
      "stock-committed active",
      "payment-captured waiting",
    ]);
  });

  test("wait for people once the order is confirmed", () => {
    const order = anOrder({ status: "confirmed" }, ["placed", "payment-captured", "confirmed"]);
    expect(states(order).slice(5)).toEqual(["confirmed done", "shipped waiting", "delivered waiting"]);
  });

  test("are undone when a later one is refused", () => {
    const order = anOrder({ status: "rejected" }, ["placed", "stock-reserved", "undoing", "rejected"]);
    expect(states(order).slice(0, 4)).toEqual([
      "placed done",
      "stock-reserved undone",
      "payment-authorized failed",
      "stock-committed skipped",
    ]);
  });

  test("allow cancelling until the order is shipped, and only once", () => {
    expect(canCancel(anOrder({ status: "confirmed" }))).toBe(true);
    expect(canCancel(anOrder({ status: "shipped" }))).toBe(false);
    expect(canCancel(anOrder({}, ["placed", "cancel-requested"]))).toBe(false);
    expect(canCancel(anOrder({}, ["placed", "undoing"]))).toBe(false);
  });
});

describe("the order page", () => {
  test("follows the checkout as the shop tells it", async () => {
    const shown = await visit(`/orders/${orderId}`, withOrder(anOrder));
    await shown.reads("Reserving stock");
    const stream = await theStream();
    expect(stream.url).toBe(`${path}/events`);
    stream.say("order", anOrder({}, ["placed", "stock-reserved"]));
    await shown.reads("Authorizing payment");
    stream.say("order", anOrder({ status: "confirmed" }, ["placed", "stock-reserved", "confirmed"]));
    await shown.reads("Thank you, your order is confirmed");
  });

  test("asks for the order now and then while the stream is away", async () => {
    let order = anOrder();
    const shown = await visit(
      `/orders/${orderId}`,
      withOrder(() => order),
    );
    await shown.reads("Reserving stock");
    (await theStream()).fail();
    order = anOrder({ status: "confirmed" }, ["placed", "confirmed"]);
    await shown.reads("Thank you, your order is confirmed", 15_000);
  });

  test("never goes back to an earlier step", async () => {
    const shown = await visit(`/orders/${orderId}`, withOrder(anOrder));
    await shown.reads("Reserving stock");
    const stream = await theStream();
    stream.say("order", anOrder({}, ["placed", "stock-reserved"]));
    stream.say("order", anOrder({}, ["placed"]));
    await shown.reads("Authorizing payment");
    expect(shown.page.text()).not.toContain("Reserving stock");
  });

  test("says plainly that prices changed, and which", async () => {
    const order = anOrder(
      {
        status: "rejected",
        reason: "price-changed",
        priceChanges: [{ sku: "CREW-NAVY-M", seenCents: 1200, nowCents: 1350 }],
      },
      ["placed", "rejected"],
    );
    const shown = await visit(
      `/orders/${orderId}`,
      withOrder(() => order),
    );
    await shown.reads("Breton Crew: $13.50 instead of $12.00");
    expect(shown.link("Review what you chose").attributes("href")).toBe("/cart");
    expect(Stream.opened).toHaveLength(0);
  });

  test("cancels after asking", async () => {
    const cancelled = anOrder({}, ["placed", "cancel-requested"]);
    const shown = await visit(
      `/orders/${orderId}`,
      withOrder(anOrder, { [`POST ${path}/cancel`]: () => json(cancelled, 202) }),
    );
    await shown.reads("Cancel order");
    await shown.button("Cancel order").trigger("click");
    await shown.button("Yes, cancel it").trigger("submit");
    await shown.reads("The order is being cancelled.");
    await shown.reads("Cancelling");
  });

  test("does not tell a stranger whether an order exists", async () => {
    const shown = await visit(`/orders/${orderId}`, { [`GET ${path}`]: () => problem(404) });
    await shown.reads("No such order here");
  });
});
