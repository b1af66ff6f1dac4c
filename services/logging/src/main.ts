import { readConfig } from "@sockshop/platform/config.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { z } from "zod";
import { loggingRoutes } from "./app.ts";
import { chainWatch } from "./chain-watch.ts";
import { forgetOldSenders, tellLosses } from "./losses.ts";
import { dropPartitionsBefore, makePartitionsAhead } from "./partitions.ts";
import { followRecords, rebuildable } from "./projections.ts";
import { eventStore, forgetOldBatches, logSubscription } from "./subscriptions.ts";

const config = readConfig(process.env, {
  LOG_RETENTION_DAYS: z.coerce.number().positive().max(36_500).default(30),
});
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, log } = foundation;
const retentionMs = config.own.LOG_RETENTION_DAYS * 86_400_000;

await makePartitionsAhead(database);
const ahead = startLoop({ name: "making of partitions", everyMs: 10_000, log }, () =>
  makePartitionsAhead(database),
);
const retention = startLoop({ name: "retention", everyMs: 600_000, log }, async () => {
  const partitions = await dropPartitionsBefore(database, new Date(Date.now() - retentionMs));
  if (partitions > 0) log.info({ partitions }, "old records were dropped; anchors keep their place");
  await forgetOldBatches(database);
  await forgetOldSenders(database);
});
const losses = startLoop({ name: "telling of lost log records", everyMs: 15_000, log }, async () => {
  await tellLosses(database);
});

const chain = startLoop({ name: "walking the chain", everyMs: 10_000, log }, chainWatch(foundation));

await runService(foundation, {
  routes: (app) => loggingRoutes(app, foundation),
  consumers: [eventStore],
  plainSubscriptions: [logSubscription(database)],
  rebuildable: rebuildable(database),
  background: [ahead, retention, losses, chain, followRecords(database, log)],
});
