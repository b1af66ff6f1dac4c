import type { Order } from "@sockshop/contracts/order.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { awaitGuestOrders, isComing, rememberGuestOrder } from "../src/orders/guest-orders.ts";
import { anOrder, orderId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const path = `/api/orders/${orderId}`;
const delivered = () => anOrder({ status: "delivered" }, ["placed", "confirmed", "delivered"]);
const user = { id: "g", name: "Guest", role: "guest", isAnonymous: true };

/** A shop whose guest has an order; the account has it after being asked so many times. */
function shopOfGuest(asksBefore: number, more: Shop = {}) {
  let account = false;
  let asked = 0;
  const has = () => !account || asked++ >= asksBefore;
  const enter = () => {
    account = true;
    return json({});
  };
  const list = (items: Order[]) => json({ items, total: items.length, page: 1, pageSize: 20 });
  const ada = { ...user, id: "a", name: "Ada", role: "customer", isAnonymous: false };
  return {
    "GET /api/auth/get-session": () => json({ user: account ? ada : user }),
    "POST /api/auth/sign-up/email": enter,
    "POST /api/auth/sign-in/email": enter,
    [`GET ${path}`]: () => (has() ? json(delivered()) : problem(404)),
    "GET /api/orders": () => list(has() ? [delivered()] : []),
    ...more,
  } satisfies Shop;
}

/** Sees the order as a guest, then signs in and comes back to an address. */
async function seeAndSignIn(shop: Shop, back: string) {
  const shown = await visit(`/orders/${orderId}`, shop);
  await shown.reads("Delivered. Warm feet!");
  await shown.router.push({ path: "/sign-in", query: { return: back } });
  await shown.reads("Welcome back");
  await shown.field("E-mail").setValue("ada@example.com");
  await shown.field("Password").setValue("correct horse");
  await shown.button("Sign in").trigger("submit");
  await eventually(() => expect(shown.router.currentRoute.value.path).toBe(back));
  return shown;
}
const coming = "Bringing your order into your account…";

/** As if the time in which orders come were over. */
const laterOn = () => {
  const now = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(now + 60_000);
};

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.restoreAllMocks());

describe("straight after a guest became an account", () => {
  test("the order's page waits for the order to come", async () => {
    const shown = await seeAndSignIn(shopOfGuest(2), `/orders/${orderId}`);
    await shown.reads(coming);
    expect(shown.page.text()).not.toContain("No such order here");
    await shown.reads("Delivered. Warm feet!");
    expect(shown.page.text()).not.toContain(coming);
  });

  test("the order's page says in the end that there is none", async () => {
    const shown = await seeAndSignIn(shopOfGuest(1_000), `/orders/${orderId}`);
    await shown.reads(coming);
    laterOn();
    await shown.reads("No such order here");
  });

  test("the history waits for the order to come", async () => {
    const shown = await seeAndSignIn(shopOfGuest(2), "/orders");
    await shown.reads(coming);
    expect(shown.page.text()).not.toContain("No orders yet");
    await shown.reads("Breton Crew");
    await eventually(() => expect(shown.page.text()).not.toContain(coming));
  });

  test("the history says in the end that it is empty", async () => {
    const shown = await seeAndSignIn(shopOfGuest(1_000), "/orders");
    await shown.reads(coming);
    laterOn();
    await shown.reads("No orders yet");
    expect(shown.page.text()).not.toContain(coming);
  });
});

test("an order that this browser's guest never had is not awaited", async () => {
  const other = "0198c0de-0000-7000-8000-00000000bbbb";
  const shown = await seeAndSignIn(shopOfGuest(0), `/orders/${other}`);
  await shown.reads("No such order here");
  expect(shown.sent("GET", `/api/orders/${other}`)).toHaveLength(1);
});

test("a guest's orders are awaited in one account, and not in the next", () => {
  rememberGuestOrder("one");
  expect(isComing("one")).toBe(false);
  awaitGuestOrders();
  expect(isComing("one")).toBe(true);
  awaitGuestOrders();
  expect(isComing("one")).toBe(false);
});
