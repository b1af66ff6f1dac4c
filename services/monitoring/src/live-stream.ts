import { alertQuery, type Sight as ToldSight } from "@sockshop/contracts/monitoring.ts";
import { openEventStream } from "@sockshop/platform/event-stream.ts";
import type { Log } from "@sockshop/platform/log.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Request, Response } from "express";
import { listAlerts } from "./alerts.ts";
import { drawMap } from "./map.ts";
import { type OverviewParts, overview } from "./overview.ts";
import { samplesChannel } from "./samples.ts";
import { monitoringChannel } from "./service-states.ts";
import type { Sight } from "./sight.ts";

export type LiveParts = OverviewParts & { notifications: Notifications; sight: Sight; log: Log };

const openOnes = alertQuery.parse({ status: "open", pageSize: 100 });

/**
 * Sends services, open alerts and the map whole, now and after each change, and the map after every sampling: whoever hears nothing
 * for a while knows that the stream is broken. While the database is away, which all of these come from, `sight` tells so.
 * There is nothing to resume.
 */
export function streamLive(parts: LiveParts, req: Request, res: Response): void {
  const { database, notifications, sight, log } = parts;
  const stream = openEventStream(req, res);
  const sendMap = async () => {
    const map = await drawMap(parts);
    if (!res.writableEnded) stream.send("map", map);
  };
  const sendAll = async () => {
    const [services, alerts] = await Promise.all([overview(parts), listAlerts(database, openOnes)]);
    if (res.writableEnded) return;
    stream.send("services", services);
    stream.send("alerts", alerts);
    await sendMap();
  };
  const sendSight = () => {
    const since = sight.blindSince()?.toISOString();
    stream.send("sight", { ...(since && { blindSince: since }) } satisfies ToldSight);
  };
  const all = oneAtATime(sendAll, log);
  const map = oneAtATime(sendMap, log);
  stream.onClose(notifications.subscribe(monitoringChannel, all));
  stream.onClose(notifications.subscribe(samplesChannel, map));
  stream.onClose(
    sight.subscribe(() => {
      sendSight();
      if (!sight.blindSince()) all();
    }),
  );
  sendSight();
  all();
}

/** Runs `send` when called, and once more when it was called meanwhile. */
function oneAtATime(send: () => Promise<void>, log: Log): () => void {
  let wanted = false;
  let running = false;
  const run = async () => {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      // The next notification brings what this one could not.
      await send().catch((error: unknown) => log.warn({ err: error }, "a live view could not be refreshed"));
    }
    running = false;
  };
  return () => void run();
}
