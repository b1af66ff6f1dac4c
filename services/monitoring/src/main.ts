import { topics } from "@sockshop/contracts/topics.ts";
import { readConfig } from "@sockshop/platform/config.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { z } from "zod";
import { gatherFacts, judge } from "./alerting.ts";
import { alerts } from "./alerts.ts";
import { monitoringRoutes } from "./app.ts";
import { telemetryDoors } from "./doors.ts";
import { partFinder } from "./optional-parts.ts";
import { keptPayments } from "./recent-payments.ts";
import { takeSamples } from "./samples.ts";
import { dropOldChanges } from "./service-states.ts";
import { openSight } from "./sight.ts";
import { consumers } from "./subscriptions.ts";
import { reconcileTold } from "./told-alerts.ts";
import { watchServices } from "./watching.ts";

const everyApp = [
  ...new Set<string>(Object.values(topics).flatMap(({ source, subscribers }) => [source, ...subscribers])),
];
const config = readConfig(process.env, {
  WATCHED_APPS: z
    .string()
    .regex(/^[a-z-]+(,[a-z-]+)*$/)
    .default(everyApp.join(","))
    .transform((list) => list.split(",")),
  METRICS_RETENTION_HOURS: z.coerce.number().int().min(1).max(8_760).default(24),
  ALERT_DECLINE_SHARE: z.coerce.number().min(0).max(1).default(0.5),
  ALERT_DECLINE_WINDOW: z.coerce.number().int().min(2).max(keptPayments).default(20),
  ALERT_ORDER_STUCK_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
  REDIS_ADDRESS: z
    .string()
    .regex(/^.+:\d+$/)
    .optional(),
  PLACEMENT_HEALTH_URL: z.url().optional(),
  SCHEDULER_HEALTH_URL: z.url().optional(),
  PROMETHEUS_URL: z.url().optional(),
  ALERTMANAGER_URL: z.url().optional(),
  ZIPKIN_URL: z.url().optional(),
  OPTIONAL_PARTS_FILE: z.string().optional(),
  SCRAPE_TOKEN: z.string().min(16).optional(),
  ALERTS_TOKEN: z.string().min(16).optional(),
});
const { own, appId } = config;
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, log } = foundation;
const parts = {
  ...foundation,
  sight: openSight(),
  watchedApps: own.WATCHED_APPS,
  ownId: appId,
  scrapeToken: own.SCRAPE_TOKEN,
  alertsToken: own.ALERTS_TOKEN,
  infrastructure: {
    redisAddress: own.REDIS_ADDRESS,
    placementHealthUrl: own.PLACEMENT_HEALTH_URL,
    schedulerHealthUrl: own.SCHEDULER_HEALTH_URL,
    find: partFinder({
      urls: {
        prometheus: own.PROMETHEUS_URL,
        alertmanager: own.ALERTMANAGER_URL,
        zipkin: own.ZIPKIN_URL,
      },
      file: own.OPTIONAL_PARTS_FILE,
    }),
  },
  retentionHours: own.METRICS_RETENTION_HOURS,
  settings: {
    declineShare: own.ALERT_DECLINE_SHARE,
    declineWindow: own.ALERT_DECLINE_WINDOW,
    orderStuckSeconds: own.ALERT_ORDER_STUCK_SECONDS,
  },
};
const historyDays = 30;
const watch = watchServices(parts);

await runService(foundation, {
  routes: (app) => monitoringRoutes(app, parts),
  ownDoors: (app) => telemetryDoors(app, parts),
  publishes: ["alert-events"],
  consumers,
  stores: [alerts],
  background: [
    startLoop({ name: "watching", everyMs: 2_000, log }, async () => {
      if (await watch.look()) await judge(database, await gatherFacts(parts, watch));
    }),
    startLoop({ name: "taking samples", everyMs: 10_000, log }, async () => {
      await takeSamples(parts);
      await dropOldChanges(database, historyDays);
    }),
    startLoop({ name: "comparing with Alertmanager", everyMs: 30_000, log }, async () => {
      const alertmanager = parts.infrastructure.find("alertmanager");
      if (!("coming" in alertmanager))
        await reconcileTold(parts, "url" in alertmanager ? alertmanager.url : undefined);
    }),
  ],
});
