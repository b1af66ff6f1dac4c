import { expect, test } from "vitest";
import { openSight } from "../src/sight.ts";

test("the beginning and the end of blindness are told once each, and it keeps its beginning", () => {
  let minute = 0;
  const sight = openSight(() => new Date(Date.UTC(2026, 2, 1, 12, minute++)));
  const told: (string | undefined)[] = [];
  const stop = sight.subscribe(() => told.push(sight.blindSince()?.toISOString()));
  for (const sees of [true, false, false, true, true]) sight.look(sees);
  expect(told).toEqual(["2026-03-01T12:00:00.000Z", undefined]);
  stop();
  sight.look(false);
  expect(told).toHaveLength(2);
});
