import type { Database } from "@sockshop/platform/database.ts";
import { openEventStream } from "@sockshop/platform/event-stream.ts";
import type { Log } from "@sockshop/platform/log.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Request, Response } from "express";
import { orderChannel } from "./order-changes.ts";
import type { TrackedOrder } from "./order-view.ts";
import { findOrder } from "./orders.ts";

type Parts = { database: Database; notifications: Notifications; log: Log };

const isSettled = ({ order }: TrackedOrder) =>
  ["rejected", "cancelled", "delivered", "refunded"].includes(order.status);

/** Sends the whole order now and after each change, under the version of its stream, until it is settled. */
export function streamOrder(parts: Parts, req: Request, res: Response, order: TrackedOrder): void {
  let sent = Number(req.get("last-event-id")) || 0;
  if (isSettled(order) && sent >= order.version) {
    // Tells the browser not to come back: nothing will follow.
    res.status(204).end();
    return;
  }
  const stream = openEventStream(req, res);
  const send = (tracked: TrackedOrder) => {
    if (tracked.version > sent) {
      sent = tracked.version;
      stream.send("order", tracked.order, String(sent));
    }
    if (isSettled(tracked)) stream.end();
  };
  const refresh = oneAtATime(async () => {
    const tracked = await findOrder(parts.database, order.order.id);
    if (tracked && !res.writableEnded) send(tracked);
  }, parts.log);
  const unsubscribe = parts.notifications.subscribe(orderChannel, (orderId) => {
    // An empty payload follows a lost connection: anything may have been missed.
    if (orderId === "" || orderId === order.order.id) refresh();
  });
  stream.onClose(unsubscribe);
  send(order);
  // What changed between the first look and the subscription.
  refresh();
}

/** Lets one run follow another; calls during a run make one more. */
function oneAtATime(work: () => Promise<void>, log: Log): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      // The next notification brings what this one could not.
      await work().catch((error: unknown) =>
        log.warn({ err: error }, "an order stream could not be refreshed"),
      );
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}
