import { expect, test } from "vitest";
import { type Answer, readAnswer } from "../src/probe.ts";
import { attentiveEar, ownFinding } from "../src/watching.ts";

const silence: Answer = { kind: "silence" };
const fine: Answer = { kind: "answered", status: 200, body: { status: "ready" } };
const refused: Answer = { kind: "answered", status: 500, body: {} };
/** Who is told of after each look. */
function heard(...looks: Record<string, Answer>[]): string[][] {
  const hear = attentiveEar();
  return looks.map((look) => hear(Object.entries(look)).map(([appId]) => appId));
}

test("a service that once answers late is not told of as silent", () => {
  const late = { cart: silence, order: fine };
  const well = { cart: fine, order: fine };
  expect(heard(late, well, late)).toEqual([["order"], ["cart", "order"], ["order"]]);
});

test("a service that keeps silent is told of at the second look, and at each that follows", () => {
  const look = { cart: silence, order: fine };
  expect(heard(look, look, look)).toEqual([["order"], ["cart", "order"], ["cart", "order"]]);
});

test("a refusal is told of at once", () => {
  expect(heard({ cart: refused, order: fine })).toEqual([["cart", "order"]]);
});

test("Monitoring never tells of itself that it is down, nor of its sidecar while others answer through it", () => {
  const own = readAnswer("monitoring", silence);
  const unreachable = { appId: "monitoring", part: "sidecar", status: "down" } as const;
  expect([...own, unreachable].flatMap((finding) => ownFinding(finding, "monitoring", true))).toEqual([]);
  expect(ownFinding(unreachable, "monitoring", false)).toMatchObject([{ status: "down" }]);
  const other = { ...unreachable, appId: "cart" };
  expect(ownFinding(other, "monitoring", true)).toEqual([other]);
});
