import {
  errorCountQuery,
  eventQuery,
  eventTailQuery,
  logQuery,
  logTailQuery,
  periodQuery,
  timelineQuery,
} from "@sockshop/contracts/logging.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { allowCallers, requireRole } from "@sockshop/platform/identity.ts";
import type { Log } from "@sockshop/platform/log.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import { parse } from "@sockshop/platform/problem.ts";
import { type Express, Router } from "express";
import { listErrorCounts, listRouteTimes } from "./counts.ts";
import { streamRecords } from "./live-tail.ts";
import { eventsAfter, listEvents, logsAfter, searchLogs } from "./search.ts";
import { timelineOfOrder, timelineOfTrace } from "./timeline.ts";

export type LoggingParts = { database: Database; notifications: Notifications; log: Log };

/** What administrators may ask of the store; the gateway alone may bring them. */
export function loggingRoutes(app: Express, parts: LoggingParts): void {
  const { database } = parts;
  const router = Router();
  router.use(allowCallers("gateway"), requireRole("admin"));
  router.get("/", async (req, res) => void res.json(await searchLogs(database, parse(logQuery, req.query))));
  router.get("/stream", (req, res) => {
    const { after, ...filter } = parse(logTailQuery, req.query);
    return streamRecords(parts, { after, newer: (db, bounds) => logsAfter(db, filter, bounds) }, req, res);
  });
  router.get("/events", async (req, res) => {
    res.json(await listEvents(database, parse(eventQuery, req.query)));
  });
  router.get("/events/stream", (req, res) => {
    const { after, ...filter } = parse(eventTailQuery, req.query);
    return streamRecords(parts, { after, newer: (db, bounds) => eventsAfter(db, filter, bounds) }, req, res);
  });
  router.get("/timeline", async (req, res) => {
    const { orderId, traceId } = parse(timelineQuery, req.query);
    if (orderId) res.json(await timelineOfOrder(database, orderId));
    else if (traceId) res.json(await timelineOfTrace(database, traceId));
  });
  router.get("/errors", async (req, res) => {
    res.json(await listErrorCounts(database, parse(errorCountQuery, req.query)));
  });
  router.get("/routes", async (req, res) => {
    res.json(await listRouteTimes(database, parse(periodQuery, req.query)));
  });
  app.use("/logs", router);
}
