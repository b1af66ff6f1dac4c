import { expect, test } from "vitest";
import { type Answer, readAnswer } from "../src/probe.ts";

const statuses = (answer: Answer) =>
  Object.fromEntries(readAnswer("cart", answer).map(({ part, status }) => [part, status]));
const answered = (status: number, body: unknown): Answer => ({ kind: "answered", status, body });
const refusedBySidecar = (message: string) => answered(500, { errorCode: "ERR_DIRECT_INVOKE", message });

test("a ready service is up with all it stands on", () => {
  const body = { status: "ready", startedAt: "2026-03-01T12:00:00Z" };
  expect(statuses(answered(200, body))).toEqual({ service: "up", sidecar: "up", database: "up" });
  expect(readAnswer("cart", answered(200, body))[0]).toMatchObject({ startedAt: body.startedAt });
});

test("what a service lacks is told as it tells it", () => {
  const body = { status: "not ready", missing: ["database", "workflow engine"] };
  expect(statuses(answered(503, body))).toEqual({
    service: "not-ready",
    sidecar: "up",
    database: "not-ready",
    "workflow engine": "not-ready",
  });
  const draining = { status: "not ready", missing: ["draining"] };
  expect(statuses(answered(503, draining))).toEqual({ service: "not-ready", sidecar: "up", database: "up" });
});

test("a service that is away is told from a sidecar that is away", () => {
  expect(statuses({ kind: "silence" })).toMatchObject({ service: "down", sidecar: "unknown" });
  expect(
    statuses(refusedBySidecar("failed to invoke, id: cart, err: rpc error: error invoking app channel")),
  ).toEqual({ service: "down", sidecar: "up", database: "unknown" });
  expect(statuses(refusedBySidecar("failed to invoke, id: cart, err: connection refused"))).toEqual({
    service: "unknown",
    sidecar: "down",
    database: "unknown",
  });
});

test("without Monitoring's own sidecar nothing is known of anybody", () => {
  expect(new Set(Object.values(statuses({ kind: "unasked" })))).toEqual(new Set(["unknown"]));
});
