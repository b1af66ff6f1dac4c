import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { LogBatch } from "@sockshop/contracts/logging.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { testDatabase } from "../../platform/test/postgres.ts";
import { addNext, projections } from "../src/projections.ts";
import { storeBatches } from "../src/subscriptions.ts";

export const openStore = () => testDatabase(new URL("../migrations/", import.meta.url));

export const newTrace = () => newId().replaceAll("-", "");

export const eventOf = (topic: Topic, about: Partial<CloudEvent> & { position: number }): CloudEvent => ({
  specversion: "1.0",
  id: newId(),
  source: topics[topic].source,
  type: "SomethingHappened",
  subject: newId(),
  time: "2026-03-01T10:00:00.000Z",
  datacontenttype: "application/json",
  data: {},
  ...about,
});

type LogRecord = LogBatch["records"][number];
export const logOf = (msg: string, about: Partial<LogRecord> = {}): LogRecord => ({
  time: "2026-03-01T10:00:00.000Z",
  level: "info",
  msg,
  ...about,
});

/** A batch as `log-events` brings it. */
export const batchOf = (service: string, records: LogRecord[], dropped = 0, id = newId()) => ({
  specversion: "1.0" as const,
  id,
  source: service,
  type: "LogRecorded",
  time: "2026-03-01T10:00:00.000Z",
  datacontenttype: "application/json" as const,
  data: { service, dropped, records },
});

export const storeLogs = (database: Database, service: string, records: LogRecord[]) =>
  withTransaction(database, (tx) => storeBatches(tx, [batchOf(service, records)]));

/** Lets every projection count what is stored. */
export async function countAll(database: Database): Promise<void> {
  for (const projection of projections) while (await addNext(database, projection));
}
