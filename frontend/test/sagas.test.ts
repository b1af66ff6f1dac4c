import type { OpenSagas, OrderSaga } from "@sockshop/contracts/order-saga.ts";
import { expect, test } from "vitest";
import { anOrder, orderId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const traceId = "cd".repeat(16);
const at = (second: number) => `2026-03-01T10:00:0${second}.000Z`;
const saga: OrderSaga = {
  orderId,
  undoReason: "payment-declined",
  silenceSeconds: 40,
  sagas: [
    {
      kind: "checkout",
      generation: 2,
      step: "release-stock",
      startedAt: at(0),
      since: at(5),
      isSilent: false,
      runs: [
        {
          generation: 2,
          instanceId: `${orderId}.2`,
          workflow: { status: "running", name: "checkout.v1", createdAt: at(4), lastUpdatedAt: at(5) },
          steps: [
            {
              step: "release-stock",
              attempts: 3,
              faults: 3,
              firstAt: at(4),
              lastAt: at(5),
              outcome: "fault",
              fault: "The catalog service is away.",
            },
          ],
        },
        {
          generation: 1,
          instanceId: `${orderId}.1`,
          workflow: { status: "gone" },
          steps: [
            { step: "reserve-stock", attempts: 1, faults: 0, firstAt: at(1), lastAt: at(1), outcome: "done" },
            {
              step: "authorize-payment",
              attempts: 1,
              faults: 0,
              firstAt: at(2),
              lastAt: at(2),
              outcome: "undoing",
            },
          ],
        },
      ],
    },
  ],
  history: [
    { version: 1, type: "OrderPlaced", at: at(0), isPrivate: false, traceId, data: { totalCents: 1699 } },
    { version: 2, type: "UndoStarted", at: at(2), isPrivate: true, data: { reason: "payment-declined" } },
  ],
};
const office: Shop = {
  "GET /api/auth/get-session": () =>
    json({ user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role: "admin" } }),
  "GET /api/traces": () => json({ url: "http://zipkin.test/zipkin/traces/", sampling: 1 }),
  [`GET /api/orders/${orderId}`]: () => json(anOrder({}, ["placed", "undoing"])),
  [`GET /api/orders/${orderId}/saga`]: () => json(saga),
};

test("an administrator sees each run of an order's saga, its attempts and faults, and what Dapr says", async () => {
  const shown = await visit(`/admin/orders/${orderId}`, office);
  await shown.reads("Last fault: The catalog service is away.");
  await shown.reads("3 attempts, 3 failed");
  await shown.reads("Sent back: payment-declined");
  await shown.reads(`${orderId}.2`);
  await shown.reads("checkout.v1");
  await shown.reads("Not known to Dapr");
  await shown.reads("UndoStarted");
});

test("an order's page leads to its log timeline, its events and its trace", async () => {
  const shown = await visit(`/admin/orders/${orderId}`, office);
  await shown.reads("Every event of this order");
  expect(shown.link("Log timeline").attributes("href")).toBe(`/admin/timeline?orderId=${orderId}`);
  expect(shown.link("Its events").attributes("href")).toBe(`/admin/events?subject=${orderId}`);
  await eventually(() =>
    expect(shown.link("Trace in Zipkin").attributes("href")).toBe(
      `http://zipkin.test/zipkin/traces/${traceId}`,
    ),
  );
});

test("where no traces are kept, the page says so", async () => {
  const why = "No Zipkin runs beside the shop, so no traces are kept.";
  const shown = await visit(`/admin/orders/${orderId}`, {
    ...office,
    "GET /api/traces": () => json({ sampling: 0, missing: { why, whatToDo: "Install Java." } }),
  });
  await shown.reads(why);
});

test("an order that does not exist is told as such", async () => {
  const shown = await visit(`/admin/orders/${orderId}`, {
    ...office,
    [`GET /api/orders/${orderId}`]: () => problem(404),
  });
  await shown.reads("No such order");
});

test("what is under way is listed by how it stands, and each leads to its order", async () => {
  const open: OpenSagas = {
    items: [
      {
        orderId,
        kind: "checkout",
        generation: 3,
        step: "void-payment",
        startedAt: at(0),
        since: at(5),
        isUndoing: true,
        isStuck: true,
        attempts: 12,
        fault: "The payment service is away.",
        orderStatus: "placed",
        currency: "USD",
        totalCents: 1699,
      },
    ],
    total: 1,
    page: 1,
    pageSize: 50,
    counts: { "under-way": 4, undoing: 2, stuck: 1 },
    stuckAfterSeconds: 160,
  };
  const shown = await visit("/admin/under-way?filter=stuck", {
    ...office,
    "GET /api/orders/sagas": () => json(open),
  });
  await shown.reads("Void payment");
  await shown.reads("12 attempts, last fault: The payment service is away.");
  expect(shown.sent("GET", "/api/orders/sagas")[0]?.query.get("filter")).toBe("stuck");
  expect(shown.link("Going back (2)").attributes("href")).toBe("/admin/under-way?filter=undoing");
  expect(shown.link(orderId.slice(-12)).attributes("href")).toBe(`/admin/orders/${orderId}`);
});
