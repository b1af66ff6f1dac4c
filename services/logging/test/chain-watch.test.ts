import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chainWatch } from "../src/chain-watch.ts";
import { logOf, openStore, storeLogs } from "./store.ts";

let store: Awaited<ReturnType<typeof openStore>>;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.drop());

test("a chain is shown to be whole once it was walked, broken when a record was changed, and whole again when that is mended", async () => {
  const metrics = createMetrics("logging");
  const log = createLog({ appId: "logging", logLevel: "silent" } as never);
  const watch = chainWatch({ database: store.database, log, metrics });
  const shown = async () => {
    await watch();
    const text = (await metrics.registry.getMetricsAsArray()).find(({ name }) => name === "log_chain_intact");
    return (text as { get: () => Promise<{ values: { value: number }[] }> } | undefined)
      ?.get()
      .then(({ values }) => values[0]?.value);
  };
  const change = (from: string, to: string) =>
    store.database.query("update records set message = $2 where message = $1", [from, to]);

  expect(await shown()).toBe(undefined);
  await storeLogs(store.database, "cart", [logOf("one"), logOf("two")]);
  expect(await shown()).toBe(1);
  await storeLogs(store.database, "cart", [logOf("three")]);
  expect(await shown()).toBe(1);
  await change("two", "2");
  expect(await shown()).toBe(0);
  expect(await shown()).toBe(0);
  await change("2", "two");
  expect(await shown()).toBe(1);
});
