import { expect, test } from "vitest";
import { drawSamples, stepFor } from "../src/charts.ts";
import { readMetrics } from "../src/metrics-text.ts";
import type { Sample } from "../src/samples.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, seconds));
const sample = (seconds: number, more: Partial<Sample> = {}): Sample => ({
  appId: "cart",
  at: at(seconds),
  requests: 0,
  errors: 0,
  durations: {},
  outboxLag: 0,
  inboxLag: 0,
  parked: 0,
  chainIntact: null,
  ...more,
});
const values = (chart: Parameters<typeof drawSamples>[0], samples: Sample[]) =>
  drawSamples(chart, samples)[0]?.points.map(({ value }) => value);

test("what visitors ask counts, what running the shop asks does not", () => {
  const line = (route: string, status: number, count: number) =>
    `http_request_duration_seconds_count{method="GET",route="${route}",status="${status}",service="cart"} ${count}
http_request_duration_seconds_bucket{le="0.1",method="GET",route="${route}",status="${status}",service="cart"} ${count - 1}
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="${route}",status="${status}",service="cart"} ${count}`;
  const text = [
    "# HELP http_request_duration_seconds Duration of HTTP requests",
    line("/cart", 200, 7),
    line("/cart/items/:sku", 503, 2),
    line("/readyz", 200, 900),
    line("/events/:topic", 200, 50),
    line("/orders/:id/events", 200, 3),
    'outbox_lag_events{topic="cart-events",service="cart"} 4',
    'parked_events{consumer="a",topic="b",service="cart"} 1',
    'parked_events{consumer="c",topic="b",service="cart"} 2',
    "nodejs_version_info NaN",
  ].join("\n");
  expect(readMetrics(text)).toEqual({
    requests: 9,
    errors: 2,
    durations: { "0.1": 7, "+Inf": 9 },
    outboxLag: 4,
    inboxLag: 0,
    parked: 3,
    chainIntact: null,
  });
});

test("rates are what was added a second, and a restart begins at 0", () => {
  const samples = [sample(0, { requests: 10 }), sample(10, { requests: 30 }), sample(20, { requests: 5 })];
  expect(values("requests", samples)).toEqual([2, 0.5]);
  expect(values("errors", samples)).toEqual([0, 0]);
});

test("latency is what 95 of 100 requests stay below, and absent where nobody asked", () => {
  const samples = [
    sample(0, { durations: { "0.1": 5, "0.5": 5, "+Inf": 5 } }),
    sample(10, { durations: { "0.1": 95, "0.5": 105, "+Inf": 105 } }),
    sample(20, { durations: { "0.1": 95, "0.5": 105, "+Inf": 105 } }),
  ];
  expect(values("latency", samples)).toEqual([300]);
  expect(values("latency-p99", samples)).toEqual([460]);
});

test("what waits is drawn as it stood", () => {
  expect(values("outbox-lag", [sample(0, { outboxLag: 3 }), sample(10)])).toEqual([3, 0]);
});

test("a day has no more points than can be drawn", () => {
  expect([stepFor(1), stepFor(60), stepFor(1440)]).toEqual([10, 30, 720]);
});
