import type {
  EventFilter,
  EventPage,
  EventQuery,
  LogFilter,
  LogPage,
  LogQuery,
  StoredEvent,
  StoredLog,
  StoredRecord,
} from "@sockshop/contracts/logging.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import { headOf } from "./head.ts";
import { type Bounds, partitionsWithin } from "./partitions.ts";
import { type RecordRow, recordColumns } from "./records.ts";

type Page<Item> = { items: Item[]; nextCursor?: string };

/** Log records that match, newest first. */
export async function searchLogs(db: Queryable, query: LogQuery): Promise<LogPage> {
  const { from, to, cursor, limit, ...filter } = query;
  return pageOf<StoredLog>(db, logConditions(filter), { from, to, before: cursor }, limit);
}

/** Events that match, newest first. */
export async function listEvents(db: Queryable, query: EventQuery): Promise<EventPage> {
  const { from, to, cursor, limit, ...filter } = query;
  return pageOf<StoredEvent>(db, eventConditions(filter), { from, to, before: cursor }, limit);
}

async function pageOf<Item extends StoredRecord>(
  db: Queryable,
  where: Conditions,
  bounds: Bounds,
  limit: number,
) {
  if (bounds.from) where.add("time >= ?", bounds.from);
  if (bounds.to) where.add("time <= ?", bounds.to);
  // Asked first, so that all up to it was there to be looked at.
  const { seq: head } = await headOf(db);
  return { ...((await newestFirst(db, where, bounds, limit)) as Page<Item>), head };
}

type After = { after: number; limit: number };
/** Oldest first, and whether some before them were left out. */
type Newer = { items: StoredRecord[]; skipped: boolean };

/** The newest of the log records after one that match. */
export const logsAfter = (db: Queryable, filter: LogFilter, after: After): Promise<Newer> =>
  newer(db, logConditions(filter), after);

/** The newest of the events after one that match. */
export const eventsAfter = (db: Queryable, filter: EventFilter, after: After): Promise<Newer> =>
  newer(db, eventConditions(filter), after);

async function newer(db: Queryable, where: Conditions, { after, limit }: After): Promise<Newer> {
  const { items, nextCursor } = await newestFirst(db, where, { after }, limit);
  return { items: items.reverse(), skipped: nextCursor !== undefined };
}

/** Partition by partition, so that a search costs what lies between the newest record and the last one of the page. */
async function newestFirst(
  db: Queryable,
  where: Conditions,
  bounds: Bounds,
  limit: number,
): Promise<Page<StoredRecord>> {
  const found: RecordRow[] = [];
  const { length } = where.values;
  const sql = `select ${recordColumns} from records
    where ${where.sql()} and seq between $${length + 1} and $${length + 2} order by seq desc limit $${length + 3}`;
  for (const { first, last } of await partitionsWithin(db, bounds)) {
    const { rows } = await db.query<RecordRow>(sql, [...where.values, first, last, limit + 1 - found.length]);
    found.push(...rows);
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit).map(asRecord);
  return { items, ...(found.length > limit && { nextCursor: String(items.at(-1)?.id) }) };
}

function eventConditions({ topic, type, subject }: EventFilter): Conditions {
  const where = conditions("topic is not null");
  if (topic) where.add("topic = ?", topic);
  if (type) where.add("message = ?", type);
  if (subject) where.add("subject = ?", subject);
  return where;
}

function logConditions({ service, level, search, traceId, orderId, requestId }: LogFilter): Conditions {
  const where = conditions("topic is null");
  if (service) where.add("service = ?", service);
  // Spelt out, so that the index on the rare levels serves; they are words of an enumeration.
  if (level) where.add(`level in (${[...new Set(level)].map((name) => `'${name}'`).join(", ")})`);
  if (search) where.add("words @@ websearch_to_tsquery('simple', ?)", searchable(search));
  if (traceId) where.add("trace_id = ?", traceId);
  if (orderId) where.add("order_id = ?", orderId);
  if (requestId) where.add("request_id = ?", requestId);
  return where;
}

/** As the stored words were: signs are spaces, but for quotes and the minus before a word. */
export const searchable = (search: string) =>
  search.replace(/[^\p{L}\p{N}\s"-]+/gu, " ").replace(/(?<=[\p{L}\p{N}])-+|-(?![\p{L}\p{N}"])/gu, " ");

type Conditions = { add: (condition: string, value?: unknown) => void; sql: () => string; values: unknown[] };

/** Collects conditions joined by `and`; a `?` stands for the value. */
function conditions(first: string): Conditions {
  const parts = [first];
  const values: unknown[] = [];
  return {
    values,
    add(condition, value) {
      if (value !== undefined) values.push(value);
      parts.push(condition.replace("?", `$${values.length}`));
    },
    sql: () => parts.join(" and "),
  };
}

/** A row as it is told outside. */
export function asRecord(row: RecordRow): StoredRecord {
  const stored = {
    id: row.seq,
    time: row.time.toISOString(),
    service: row.service,
    ...(row.trace_id && { traceId: row.trace_id }),
    ...(row.order_id && { orderId: row.order_id }),
    hash: row.hash,
  };
  if (row.topic === null) {
    return {
      kind: "log",
      ...stored,
      level: row.level as StoredLog["level"],
      message: row.message,
      ...(row.request_id && { requestId: row.request_id }),
      fields: row.data,
    };
  }
  return {
    kind: "event",
    ...stored,
    topic: row.topic,
    position: row.position ?? 0,
    type: row.message,
    subject: row.subject ?? "",
    eventId: row.event_id ?? "",
    data: row.data,
  };
}
