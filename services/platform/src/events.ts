import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { Queryable } from "./database.ts";

/** What an aggregate decides; `topic` of its stream publishes it unless the aggregate keeps its type private. */
export type DomainEvent = { type: string; data: Record<string, unknown> };

/** An event as projections see it, whether it is our own or came from another service. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event & {
  id: string;
  subject: string;
  /** ISO 8601; for people and windows, never to order by. */
  time: string;
};

/** One row of the event store. */
export type StoredEvent = RecordedEvent & {
  stream: string;
  version: number;
  topic: string | null;
  position: number | null;
  traceparent: string | null;
};

/** A row of the events table as pg reads it. */
export type EventRow = Omit<StoredEvent, "time"> & { time: Date };
const columns = "id, stream, subject, version, type, data, time, traceparent, topic, position";
export const eventFromRow = (row: EventRow): StoredEvent => ({ ...row, time: row.time.toISOString() });

export type NewEvent = {
  id: string;
  stream: string;
  subject: string;
  version: number;
  type: string;
  data: Record<string, unknown>;
  topic: string | null;
  traceparent: string | null;
};

/** Appends events and wakes the relay at commit; a taken version is a programming error, since the stream's row is locked. */
export async function insertEvents(tx: Queryable, events: NewEvent[]): Promise<StoredEvent[]> {
  if (events.length === 0) return [];
  const { rows } = await tx.query<EventRow>(
    `insert into events (id, stream, subject, version, type, data, topic, traceparent)
     select id, stream, subject, version, type, data, topic, traceparent
     from rows from (
       jsonb_to_recordset($1::jsonb)
         as (id uuid, stream text, subject text, version int, type text, data jsonb, topic text, traceparent text)
     ) with ordinality as event(id, stream, subject, version, type, data, topic, traceparent, nr)
     order by nr
     returning ${columns}`,
    [JSON.stringify(events)],
  );
  if (events.some((event) => event.topic)) await tx.query("select pg_notify('events', '')");
  return rows.map(eventFromRow).sort((a, b) => a.version - b.version);
}

/** The events of one stream in order, from a version on. */
export async function readStream(
  db: Queryable,
  stream: string,
  subject: string,
  afterVersion = 0,
): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>(
    `select ${columns} from events where stream = $1 and subject = $2 and version > $3 order by version`,
    [stream, subject, afterVersion],
  );
  return rows.map(eventFromRow);
}

/** Published events of a topic after a position, with the topic's head; only what has a position is visible. */
export async function readTopic(
  db: Queryable,
  topic: string,
  after: number,
  limit: number,
): Promise<{ head: number; items: StoredEvent[] }> {
  const head = await db.query<{ head: number }>("select head from topic_heads where topic = $1", [topic]);
  const { rows } = await db.query<EventRow>(
    `select ${columns} from events where topic = $1 and position > $2 order by position limit $3`,
    [topic, after, limit],
  );
  return { head: head.rows[0]?.head ?? 0, items: rows.map(eventFromRow) };
}

/** The envelope under which an event leaves its service. */
export function asCloudEvent(event: StoredEvent, source: string): CloudEvent {
  if (event.position === null) throw new Error(`event ${event.id} has no position yet`);
  return {
    specversion: "1.0",
    id: event.id,
    source,
    type: event.type,
    subject: event.subject,
    time: event.time,
    datacontenttype: "application/json",
    // By the older of both names daprd knows that an event has a trace, and does not put it into its own.
    ...(event.traceparent && { traceparent: event.traceparent, traceid: event.traceparent }),
    position: event.position,
    data: event.data,
  };
}
