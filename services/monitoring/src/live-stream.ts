import { alertQuery } from "@sockshop/contracts/monitoring.ts";
import { openEventStream } from "@sockshop/platform/event-stream.ts";
import type { Log } from "@sockshop/platform/log.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Request, Response } from "express";
import { listAlerts } from "./alerts.ts";
import { type OverviewParts, overview } from "./overview.ts";
import { monitoringChannel } from "./service-states.ts";

export type LiveParts = OverviewParts & { notifications: Notifications; log: Log };

const openOnes = alertQuery.parse({ status: "open", pageSize: 100 });

/** Sends services and open alerts whole, now and after each change; there is nothing to resume. */
export function streamLive(parts: LiveParts, req: Request, res: Response): void {
  const { database, notifications, log } = parts;
  const stream = openEventStream(req, res);
  let wanted = false;
  let running = false;
  const send = async () => {
    const [services, alerts] = await Promise.all([overview(parts), listAlerts(database, openOnes)]);
    if (res.writableEnded) return;
    stream.send("services", services);
    stream.send("alerts", alerts);
  };
  const refresh = async () => {
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
  stream.onClose(notifications.subscribe(monitoringChannel, () => void refresh()));
  void refresh();
}
