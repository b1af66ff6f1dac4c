import { expect, test } from "vitest";
import { endedSessions } from "../src/ended-sessions.ts";

test("an ended session is remembered for as long as its signed copy lasts", () => {
  let now = 0;
  const ended = endedSessions(60, () => now);
  ended.add("a");
  expect(ended.has("a")).toBe(true);
  expect(ended.has("b")).toBe(false);
  now = 60;
  expect(ended.has("a")).toBe(false);
});

test("at the start, and after a lost connection, copies are not trusted until the last unheard one has lapsed", () => {
  let now = 0;
  const ended = endedSessions(60, () => now);
  expect(ended.areKnown()).toBe(false);
  now = 60;
  expect(ended.areKnown()).toBe(true);
  ended.missedSome();
  expect(ended.areKnown()).toBe(false);
  now = 120;
  expect(ended.areKnown()).toBe(true);
});
