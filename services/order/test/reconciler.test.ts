import type { Database } from "@sockshop/platform/database.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { unavailable } from "@sockshop/platform/problem.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { orderStore } from "../src/order-changes.ts";
import { reconcile } from "../src/reconciler.ts";
import { type SagaRun, startSaga } from "../src/sagas.ts";
import { openSagas, placeSample } from "./order-fixture.ts";

let database: Database;
let drop: () => Promise<void>;
const log = createLog({ appId: "order", logLevel: "silent" });
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());
beforeEach(() => database.query("truncate sagas"));

const scheduled: string[] = [];
const schedule = async (name: string, id: string) => {
  scheduled.push(`${name} ${id}`);
  return "started" as const;
};
beforeEach(() => void scheduled.splice(0));
const look = (parts: Partial<Parameters<typeof reconcile>[0]> = {}) =>
  reconcile({ database, schedule, log, silenceSeconds: 40, ...parts });
const silentFor = (run: SagaRun, seconds: number) =>
  database.query("update sagas set since = since - make_interval(secs => $2) where order_id = $1", [
    run.orderId,
    seconds,
  ]);

test("a checkout whose workflow never began is started under its own generation", async () => {
  const run = await placeSample(database);
  expect(await look()).toBe(0);
  await silentFor(run, 6);
  expect(await look()).toBe(1);
  expect(scheduled).toEqual([`checkout.v1 ${run.orderId}.1`]);
  await silentFor(run, 6);
  expect(await look()).toBe(0);
});

test("a saga that went silent gets the next generation, and one that speaks is left alone", async () => {
  const [silent, lively] = [await placeSample(database), await placeSample(database)];
  for (const run of [silent, lively]) await startSaga({ database, schedule }, run);
  await silentFor(silent, 41);
  await silentFor(lively, 39);
  expect(await look()).toBe(1);
  expect(scheduled.at(-1)).toBe(`checkout.v1 ${silent.orderId}.2`);
  expect(await openSagas(database, lively.orderId)).toEqual([{ kind: "checkout", generation: 1 }]);
});

test("a start that fails is tried again at the next look, without raising the generation further", async () => {
  const run = await placeSample(database);
  await startSaga({ database, schedule }, run);
  await silentFor(run, 41);
  const away = async () => {
    throw unavailable("The workflow engine");
  };
  await expect(look({ schedule: away })).rejects.toThrow("workflow engine");
  expect(await look()).toBe(1);
  expect(scheduled.at(-1)).toBe(`checkout.v1 ${run.orderId}.2`);
});

test("several reconcilers at once start each silent saga once", async () => {
  const runs = await Promise.all(Array.from({ length: 30 }, () => placeSample(database)));
  for (const run of runs) await silentFor(run, 6);
  const started = await Promise.all([look(), look(), look()]);
  expect(started.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(new Set(scheduled).size).toBe(30);
  expect(scheduled).toHaveLength(30);
});

test("an order that is at work just now is left for later", async () => {
  const run = await placeSample(database);
  await silentFor(run, 60);
  const client = await database.connect();
  await client.query("begin");
  await orderStore.lock(client, run.orderId);
  expect(await look()).toBe(0);
  await client.query("rollback");
  client.release();
  expect(await look()).toBe(1);
});

test("finished sagas are never started again", async () => {
  const run = await placeSample(database);
  await database.query("update sagas set finished_at = now()");
  await silentFor(run, 1_000);
  expect(await look()).toBe(0);
});
