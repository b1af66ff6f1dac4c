import type { Database } from "@sockshop/platform/database.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { infrastructureId, lostDatabase } from "../src/infrastructure.ts";
import type { Finding } from "../src/probe.ts";
import { samplesByStep, storeSample, takeSamples } from "../src/samples.ts";
import { asServices, listChanges, listStates, recordFindings, recordOutage } from "../src/service-states.ts";
import { openSight } from "../src/sight.ts";
import { watchServices } from "../src/watching.ts";
import { infrastructure } from "./monitoring-service.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());

const cart = (status: Finding["status"], more: Partial<Finding> = {}): Finding[] => [
  { appId: "cart", part: "service", status, ...more },
  { appId: "cart", part: "sidecar", status: "up" },
];
const seen = async () => asServices(await listStates(database, ["cart"]))[0];
const history = async () =>
  (await listChanges(database))
    .filter(({ part }) => part === "service")
    .map(({ was, status, restarted }) => [was, status, restarted]);

test("a state keeps since when it has been so, and a change leaves a line of history", async () => {
  expect(await recordFindings(database, cart("up", { startedAt: "2026-03-01T12:00:00Z" }))).toBe(true);
  const first = await seen();
  expect(await recordFindings(database, cart("up", { startedAt: "2026-03-01T12:00:00Z" }))).toBe(false);
  const second = await seen();
  expect(second?.since).toBe(first?.since);
  expect(second?.checkedAt).not.toBe(first?.checkedAt);
  expect(await recordFindings(database, cart("down", { detail: "It keeps silent." }))).toBe(true);
  expect(await seen()).toMatchObject({
    status: "down",
    detail: "It keeps silent.",
    parts: [{ part: "sidecar", status: "up" }],
  });
  expect((await seen())?.since).not.toBe(first?.since);
  expect(await history()).toEqual([
    ["up", "down", false],
    [undefined, "up", false],
  ]);
});

test("a restart between two looks is seen by when the process began", async () => {
  await recordFindings(database, cart("up", { startedAt: "2026-03-01T12:00:00Z" }));
  expect(await seen()).not.toHaveProperty("restartedAt");
  expect(await recordFindings(database, cart("up", { startedAt: "2026-03-01T12:05:00Z" }))).toBe(true);
  expect(await seen()).toHaveProperty("restartedAt");
  expect((await history())[0]).toEqual(["up", "up", true]);
});

test("an older instance that answers in between is no restart, and a younger one is told once", async () => {
  const told = async () => (await history()).filter(([, , restarted]) => restarted).length;
  const before = await told();
  for (const minute of ["05", "01", "05", "07", "05", "07"])
    await recordFindings(database, cart("up", { startedAt: `2026-03-01T12:${minute}:00Z` }));
  expect(await told()).toBe(before + 1);
});

test("that other processes run after the whole shop was stopped is no news", async () => {
  const before = await seen();
  await database.query("update service_states set checked_at = now() - interval '1 minute'");
  await recordFindings(database, cart("down"));
  await recordFindings(database, cart("up", { startedAt: "2026-03-01T13:00:00Z" }));
  expect((await seen())?.restartedAt).toBe(before?.restartedAt);
  expect((await history())[0]).toEqual(["down", "up", false]);
});

test("an outage of the database, of which nothing could be stored, is told afterwards and once", async () => {
  const up: Finding = { appId: infrastructureId, part: "postgresql", status: "up" };
  await recordFindings(database, [up]);
  const since = new Date(Date.now() + 1_000);
  const told = async () =>
    (await listChanges(database))
      .filter(({ part }) => part === "postgresql")
      .map(({ was, status, at }) => [was, status, at]);
  await recordOutage(database, lostDatabase, since);
  await recordFindings(database, [up]);
  // The other instance noticed a moment earlier, and comes later.
  await recordOutage(database, lostDatabase, new Date(since.getTime() - 2_000));
  const [back, lost, first, ...more] = await told();
  expect([back, lost, first]).toEqual([
    ["down", "up", expect.any(String)],
    ["up", "down", since.toISOString()],
    [undefined, "up", expect.any(String)],
  ]);
  expect(more).toEqual([]);
});

test("without its own sidecar Monitoring says that nobody can be asked, and judges nobody", async () => {
  const sidecar = { url: "http://127.0.0.1:1", headers: {} } as never;
  const watch = watchServices({
    database,
    sidecar,
    watchedApps: ["cart", "monitoring"],
    infrastructure,
    metrics: createMetrics("monitoring"),
    sight: openSight(),
    ownId: "monitoring",
  });
  expect(await watch.look()).toBe(false);
  const services = asServices(await listStates(database, ["cart", "monitoring"]));
  expect(services.map(({ appId, status }) => [appId, status])).toEqual([
    ["cart", "unknown"],
    ["monitoring", "not-ready"],
  ]);
  expect(services[1]?.parts).toMatchObject([
    { part: "sidecar", status: "down" },
    { part: "database", status: "up" },
  ]);
});

test("samples are kept for as long as they are set to be, one for each step of a chart", async () => {
  const measured = {
    requests: 1,
    errors: 0,
    durations: {},
    outboxLag: 0,
    inboxLag: 0,
    parked: 0,
    chainIntact: null,
  };
  const base = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
  for (const ms of [0, 10_000, 60_000])
    await storeSample(database, "cart", { ...measured, requests: ms }, new Date(base + ms));
  await storeSample(database, "cart", measured, new Date(Date.now() - 7_200_000));
  const steps = await samplesByStep(database, { minutes: 10, stepSeconds: 60 });
  expect(steps.map(({ requests }) => requests)).toEqual([10_000, 60_000]);
  const sidecar = { invoke: async () => new Response("outbox_lag_events 3\n") } as never;
  await takeSamples({ database, sidecar, watchedApps: ["order"], retentionHours: 1 });
  const { rows } = await database.query("select app_id, count(*) from samples group by 1 order by 1");
  expect(rows).toEqual([
    { app_id: "cart", count: 3 },
    { app_id: "order", count: 1 },
  ]);
});
