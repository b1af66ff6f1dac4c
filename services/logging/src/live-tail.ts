import type { StoredRecord } from "@sockshop/contracts/logging.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { openEventStream } from "@sockshop/platform/event-stream.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Request, Response } from "express";
import { headOf } from "./head.ts";
import { recordsChannel } from "./records.ts";

const atOnce = 200;
const lookEveryMs = 10_000;

type Parts = { database: Database; notifications: Notifications; log: Log };

export type Tail = {
  /** Go on after this record, where the browser names none itself. */
  after: number | undefined;
  /** The newest records after one that match, oldest first, and whether some before them were left out. */
  newer: (
    database: Database,
    bounds: { after: number; limit: number },
  ) => Promise<{ items: StoredRecord[]; skipped: boolean }>;
};

/**
 * Sends records that match as they are stored, each under its id, from Last-Event-ID on or from now. A client that cannot
 * follow gets the newest, after a `skipped` that says so.
 */
export async function streamRecords(
  { database, notifications, log }: Parts,
  { after, newer }: Tail,
  req: Request,
  res: Response,
): Promise<void> {
  const resumed = /^\d{1,15}$/.exec(req.get("last-event-id") ?? "")?.[0];
  let seen = resumed === undefined ? (after ?? (await headOf(database)).seq) : Number(resumed);
  const stream = openEventStream(req, res);
  const loop = startLoop({ name: "live tail", everyMs: lookEveryMs, log }, async () => {
    const { seq: head } = await headOf(database);
    const { items, skipped } = await newer(database, { after: seen, limit: atOnce });
    if (res.writableEnded) return;
    if (skipped) stream.send("skipped", { before: items[0]?.id });
    for (const item of items) stream.send(item.kind, item, String(item.id));
    seen = Math.max(seen, head, items.at(-1)?.id ?? 0);
  });
  const unsubscribe = notifications.subscribe(recordsChannel, loop.wake);
  stream.onClose(() => {
    unsubscribe();
    void loop.stop();
  });
}
