import type { OwnAlertRule } from "@sockshop/contracts/monitoring.ts";
import { expect, test } from "vitest";
import { type Facts, rules } from "../src/rules.ts";
import type { Sample } from "../src/samples.ts";
import type { PartState } from "../src/service-states.ts";

const now = new Date("2026-03-01T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const state = (more: Partial<PartState>): PartState => ({
  appId: "cart",
  part: "service",
  status: "up",
  detail: null,
  since: ago(300),
  checkedAt: now,
  restartedAt: null,
  ...more,
});
const sample = (seconds: number, more: Partial<Sample>): Sample => ({
  appId: "cart",
  at: ago(seconds),
  requests: 0,
  errors: 0,
  durations: {},
  outboxLag: 0,
  inboxLag: 0,
  parked: 0,
  chainIntact: null,
  ...more,
});
const facts = (more: Partial<Facts>): Facts => ({
  now,
  watchingSince: ago(3600),
  seenUp: new Set(),
  states: [],
  payments: { count: 0, declined: 0 },
  lowStock: [],
  stuckOrders: [],
  samples: [],
  settings: { declineShare: 0.5, declineWindow: 20 },
  ...more,
});
const judged = (rule: OwnAlertRule, more: Partial<Facts>) =>
  Object.fromEntries(rules[rule].judge(facts(more)).map(({ subject, holds }) => [subject, holds]));

test("a service or sidecar that is down raises an alert, one that cannot be asked leaves it as it is", () => {
  const states = [
    state({ status: "down" }),
    state({ part: "sidecar" }),
    state({ appId: "order", status: "unknown" }),
    state({ appId: "order", part: "sidecar", status: "down" }),
    state({ appId: "order", part: "database", status: "unknown" }),
  ];
  expect(judged("service-down", { states })).toEqual({
    cart: true,
    "cart-sidecar": false,
    order: "unclear",
    "order-sidecar": true,
  });
});

test("while the shop starts, only what has been up before is missed", () => {
  const states = [state({ status: "down" }), state({ appId: "order", status: "down" })];
  const seenUp = new Set(["order/service"]);
  expect(judged("service-down", { states, seenUp, watchingSince: ago(5) })).toEqual({
    cart: "unclear",
    order: true,
  });
});

test("a service may lack something for ten seconds", () => {
  const lacking = (seconds: number) => [state({ status: "not-ready", since: ago(seconds) })];
  expect(judged("service-not-ready", { states: lacking(9) })).toEqual({ cart: false });
  expect(judged("service-not-ready", { states: lacking(11) })).toEqual({ cart: true });
});

test("a restart is told for half a minute", () => {
  expect(judged("service-restarted", { states: [state({ restartedAt: ago(5) })] })).toEqual({ cart: true });
  expect(judged("service-restarted", { states: [state({ restartedAt: ago(31) })] })).toEqual({});
  expect(judged("service-restarted", { states: [state({})] })).toEqual({});
});

test("more than the share of declined payments raises an alert, unless there were too few to tell", () => {
  const of = (declined: number, count: number) =>
    judged("payments-declined", { payments: { declined, count } }).payments;
  expect([of(9, 9), of(10, 10), of(10, 20), of(11, 20), of(0, 0)]).toEqual([false, true, false, true, false]);
});

test("what runs low and which orders are stuck is told one by one", () => {
  const lowStock = [{ sku: "A-1", name: "Argyle", available: 2 }];
  expect(judged("stock-low", { lowStock })).toEqual({ "A-1": true });
  expect(rules["stock-low"].judge(facts({ lowStock }))[0]?.summary).toBe("2 left of Argyle (A-1).");
  expect(judged("order-stuck", { stuckOrders: [{ orderId: "o", placedAt: ago(400) }] })).toEqual({ o: true });
});

test("an outbox that is never empty for most of a minute and does not shrink is not draining", () => {
  const lags = (...values: number[]) =>
    judged("outbox-not-draining", {
      states: [state({})],
      samples: values.map((outboxLag, index) => sample(10 * (values.length - index - 1), { outboxLag })),
    }).cart;
  expect(lags(3, 5, 5, 8, 9)).toBe(true);
  expect(lags(3, 5, 0, 8, 9)).toBe(false);
  expect(lags(9, 7, 6, 4, 2)).toBe(false);
  expect([lags(3, 5), lags()]).toEqual(["unclear", "unclear"]);
});

test("parked events raise an alert until the last sample has none", () => {
  const samples = [sample(20, { parked: 0 }), sample(10, { parked: 2 })];
  const parked = (own: Sample[]) => judged("events-parked", { states: [state({})], samples: own }).cart;
  expect([parked(samples), parked([...samples, sample(0, {})]), parked([])]).toEqual([
    true,
    false,
    "unclear",
  ]);
});

test("every rule says what to do", () => {
  for (const { whatToDo } of Object.values(rules)) expect(whatToDo).toMatch(/\.$/);
});

test("what the shop stands on is missed once it was there, and what only looks on is a warning", () => {
  const under = (part: string, status: PartState["status"]) =>
    state({ appId: "infrastructure", part, status });
  const seenUp = new Set(["infrastructure/redis", "infrastructure/zipkin"]);
  const states = [
    under("redis", "down"),
    under("zipkin", "down"),
    under("scheduler", "down"),
    under("prometheus", "absent"),
  ];
  expect(judged("infrastructure-down", { states, seenUp })).toEqual({
    redis: true,
    zipkin: true,
    scheduler: "unclear",
    prometheus: false,
  });
  const verdicts = rules["infrastructure-down"].judge(facts({ states, seenUp }));
  expect(verdicts.map(({ subject, severity }) => [subject, severity])).toContainEqual(["zipkin", "warning"]);
});

test("a broken chain is told until it is found whole, and silence leaves the alert as it is", () => {
  const states = [state({ appId: "logging" }), state({ appId: "cart" })];
  const chain = (chainIntact: boolean | null) => ({
    states,
    samples: [sample(5, { appId: "logging", chainIntact })],
  });
  expect(judged("chain-broken", chain(false))).toEqual({ logging: true, cart: "unclear" });
  expect(judged("chain-broken", chain(true))).toEqual({ logging: false, cart: "unclear" });
  expect(judged("chain-broken", chain(null))).toEqual({ logging: "unclear", cart: "unclear" });
});
