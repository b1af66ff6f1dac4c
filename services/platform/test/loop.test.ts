import { expect, test } from "vitest";
import { createLog } from "../src/log.ts";
import { startLoop } from "../src/loop.ts";
import { eventually } from "./postgres.ts";

const log = createLog({ appId: "cart", logLevel: "silent" });

test("a wake has the work run soon, and one during a run has another follow", async () => {
  let runs = 0;
  let release = () => {};
  const loop = startLoop({ name: "work", everyMs: 1_000_000, log }, async () => {
    runs += 1;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await eventually("the first run has begun", () => runs === 1);
  loop.wake();
  loop.wake();
  release();
  await eventually("a second run has begun", () => runs === 2);
  const stopped = loop.stop();
  release();
  await stopped;
  expect(runs).toBe(2);
});

test("work that is rarely done by itself is tried again soon when it failed", async () => {
  let runs = 0;
  const loop = startLoop({ name: "work", everyMs: 1_000_000, retryMs: 10, log }, async () => {
    runs += 1;
    if (runs < 10) throw new Error("no");
  });
  await eventually("it came through", () => runs === 10);
  await loop.stop();
});

test("wakes do not use up the attempts of work that fails: the pause after a failure is kept", async () => {
  let runs = 0;
  const loop = startLoop({ name: "work", everyMs: 1_000_000, log }, async () => {
    runs += 1;
    if (runs === 1) throw new Error("no");
  });
  await eventually("it failed", () => runs === 1);
  for (let wakes = 0; wakes < 50; wakes++) {
    await new Promise((resolve) => setImmediate(resolve));
    loop.wake();
  }
  expect(runs).toBe(1);
  await eventually("it is tried again by itself", () => runs === 2);
  await loop.stop();
});
