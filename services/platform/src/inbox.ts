import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import { type Database, type Queryable, type Transaction, withTransaction } from "./database.ts";
import { isDatabaseAway } from "./problem.ts";

/** Something that hears topics: a read model of another service's facts, or a reaction that runs a command. */
export type Consumer = {
  name: string;
  topics: readonly Topic[];
  /** Runs in the transaction that moves the checkpoint; its effect must lie in the same database. */
  handle: (tx: Transaction, event: CloudEvent) => Promise<void>;
  /** The tables it fills and nothing else writes, when a rebuild may make them anew. */
  tables?: readonly string[];
};

const attemptsBeforeParking = 5;

/** Keeps events until every consumer has applied them; a repeat changes nothing. */
export async function storeEvents(db: Queryable, topic: Topic, events: CloudEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.query(
    `insert into inbox (source, topic, position, event)
     select $1, $2, (event->>'position')::bigint, event from jsonb_array_elements($3::jsonb) event
     where (event->>'position')::bigint > coalesce((select min(position) from checkpoints where source = $1 and topic = $2), 0)
     -- Two instances that store the same events must meet them in one order, or they wait for each other.
     order by (event->>'position')::bigint
     on conflict do nothing`,
    [topics[topic].source, topic, JSON.stringify(events)],
  );
}

/** Makes the checkpoint rows of new consumers, which begin at 0. */
export async function ensureCheckpoints(db: Queryable, consumers: Consumer[]): Promise<void> {
  for (const consumer of consumers) {
    for (const topic of consumer.topics) {
      await db.query(
        "insert into checkpoints (consumer, source, topic) values ($1, $2, $3) on conflict do nothing",
        [consumer.name, topics[topic].source, topic],
      );
    }
  }
}

/** `last`: applied, and the event after it was not there yet. */
export type Applied = "applied" | "last" | "parked" | "nothing" | "failed";
/** Hears why an event failed, and which one is set aside for what. */
type Trouble = {
  failed?: (error: unknown) => void;
  parked?: (what: { subject: string; position: number; reason: string }) => void;
};

/**
 * Applies the next event of a topic in order, in one transaction with the checkpoint. Throws while the database is away;
 * whatever else goes wrong, a time-out too, counts against the event.
 */
export async function applyNext(
  database: Database,
  consumer: Consumer,
  topic: Topic,
  trouble: Trouble = {},
): Promise<Applied> {
  const key = [consumer.name, topics[topic].source, topic];
  let tried = 0;
  try {
    return await withTransaction(database, async (tx) => {
      const next = await lockNext(tx, key);
      if (!next) return "nothing";
      tried = next.position;
      const follows = await tx.query(
        "select 1 from parked where consumer = $1 and source = $2 and topic = $3 and subject = $4 limit 1",
        [...key, next.event.subject],
      );
      const reason = follows.rowCount
        ? "An earlier event of this subject is parked."
        : next.attempts >= attemptsBeforeParking && (next.last_error ?? "unknown");
      if (reason) await park(tx, key, next, reason);
      else await consumer.handle(tx, next.event);
      await tx.query(
        "update checkpoints set position = $4, attempts = 0, last_error = null where consumer = $1 and source = $2 and topic = $3",
        [...key, next.position],
      );
      if (reason) trouble.parked?.({ subject: next.event.subject, position: next.position, reason });
      if (reason) return "parked";
      return next.isFollowed ? "applied" : "last";
    });
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    trouble.failed?.(error);
    // Of this event alone: another instance may have applied it meanwhile, and the next has not been tried.
    await database.query(
      `update checkpoints set attempts = attempts + 1, last_error = $4
       where consumer = $1 and source = $2 and topic = $3 and position = $5 - 1`,
      [...key, errorText(error), tried],
    );
    return "failed";
  }
}

type Next = {
  position: number;
  event: CloudEvent;
  isFollowed: boolean;
  attempts: number;
  last_error: string | null;
};

async function lockNext(tx: Transaction, key: string[]): Promise<Next | undefined> {
  const checkpoint = await tx.query<{ position: number; attempts: number; last_error: string | null }>(
    "select position, attempts, last_error from checkpoints where consumer = $1 and source = $2 and topic = $3 for update",
    key,
  );
  const at = checkpoint.rows[0];
  if (!at) return undefined;
  const { rows } = await tx.query<Pick<Next, "event" | "isFollowed">>(
    `select event, exists (select from inbox where source = $1 and topic = $2 and position = $3::bigint + 1) as "isFollowed"
     from inbox where source = $1 and topic = $2 and position = $3`,
    [key[1], key[2], at.position + 1],
  );
  return rows[0] && { ...at, position: at.position + 1, ...rows[0] };
}

async function park(tx: Transaction, key: string[], next: Next, error: string): Promise<void> {
  await tx.query(
    "insert into parked (consumer, source, topic, position, subject, event, error) values ($1, $2, $3, $4, $5, $6, $7)",
    [...key, next.position, next.event.subject, JSON.stringify(next.event), error],
  );
}

// Messages of the database may quote values; personal data is in no event, so that the text is safe to keep.
const errorText = (error: unknown) =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1_000);

/**
 * Applies parked events again in their order, subject by subject; a subject that fails again stays parked as a whole, with
 * what went wrong this time. Resolves with how many were applied and how many remain.
 */
export async function redrive(
  database: Database,
  consumer: Consumer,
): Promise<{ applied: number; remaining: number }> {
  const { rows: subjects } = await database.query<ParkedSubject>(
    "select source, topic, subject from parked where consumer = $1 group by 1, 2, 3 order by min(position)",
    [consumer.name],
  );
  let applied = 0;
  for (const subject of subjects) {
    try {
      applied += await withTransaction(database, (tx) => redriveSubject(tx, consumer, subject));
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      await noteFailure(database, consumer, subject, error);
    }
  }
  const { rows } = await database.query<{ count: number }>(
    "select count(*) from parked where consumer = $1",
    [consumer.name],
  );
  return { applied, remaining: rows[0]?.count ?? 0 };
}

type ParkedSubject = { source: string; topic: string; subject: string };

/** The first of the subject tells why all of it waits. */
async function noteFailure(db: Queryable, { name }: Consumer, at: ParkedSubject, error: unknown) {
  await db.query(
    `update parked set error = $5 where (consumer, source, topic, position) =
       (select consumer, source, topic, position from parked
        where consumer = $1 and source = $2 and topic = $3 and subject = $4 order by position limit 1)`,
    [name, at.source, at.topic, at.subject, errorText(error)],
  );
}

async function redriveSubject(tx: Transaction, consumer: Consumer, at: ParkedSubject): Promise<number> {
  const key = [consumer.name, at.source, at.topic];
  // The checkpoint's lock keeps new events of the subject from passing while the parked ones are applied.
  await tx.query(
    "select 1 from checkpoints where consumer = $1 and source = $2 and topic = $3 for update",
    key,
  );
  const { rows } = await tx.query<{ event: CloudEvent }>(
    "delete from parked where consumer = $1 and source = $2 and topic = $3 and subject = $4 returning event, position",
    [...key, at.subject],
  );
  const events = rows.map((row) => row.event).sort((a, b) => a.position - b.position);
  for (const event of events) await consumer.handle(tx, event);
  return events.length;
}

/** How far each of these consumers has applied the topic. */
export async function positionsOf(
  db: Queryable,
  topic: Topic,
  consumers: Consumer[],
): Promise<{ consumer: string; position: number }[]> {
  const { rows } = await db.query<{ consumer: string; position: number }>(
    "select consumer, position from checkpoints where source = $1 and topic = $2 and consumer = any($3)",
    [topics[topic].source, topic, hearersOf(topic, consumers)],
  );
  return rows;
}

// A checkpoint stays when its consumer leaves the code; it must not hold back the inbox for ever.
const hearersOf = (topic: Topic, consumers: Consumer[]) =>
  consumers.filter((consumer) => consumer.topics.includes(topic)).map(({ name }) => name);

/** The first position after every one of these consumers' checkpoints that is not in the inbox, less one: where a fetch begins. */
export async function contiguousPosition(
  db: Queryable,
  topic: Topic,
  consumers: Consumer[],
): Promise<number> {
  const { rows } = await db.query<{ position: number }>(
    `with start as (select coalesce(min(position), 0) as position from checkpoints where source = $1 and topic = $2 and consumer = any($3)),
          known as (select position from start union select position from inbox where source = $1 and topic = $2 and position > (select position from start))
     select position from known k
     where not exists (select 1 from known n where n.position = k.position + 1) order by position limit 1`,
    [topics[topic].source, topic, hearersOf(topic, consumers)],
  );
  return rows[0]?.position ?? 0;
}

/** What the inbox holds of a topic: whether the next event of one of its consumers, and whether a later one before an earlier. */
export type Waiting = { topic: Topic; hasNext: boolean; hasGap: boolean };

/** Looks at all topics of these consumers at once, since it is asked every second. */
export async function lookAtInbox(db: Queryable, consumers: Consumer[]): Promise<Waiting[]> {
  const heard = consumers.flatMap(({ name, topics: own }) => own.map((topic) => ({ name, topic })));
  if (heard.length === 0) return [];
  const { rows } = await db.query<Waiting>(
    `with places as (
       select source, topic, position from checkpoints
       join unnest($1::text[], $2::text[], $3::text[]) as heard (consumer, source, topic) using (consumer, source, topic)
     ), starts as (
       select source, topic, min(position) as position from places group by source, topic
     )
     select s.topic,
       exists (
         select from places p join inbox i on (i.source, i.topic, i.position) = (p.source, p.topic, p.position + 1)
         where (p.source, p.topic) = (s.source, s.topic)
       ) as "hasNext",
       (
         select coalesce(max(i.position) - s.position > count(*), false) from inbox i
         where (i.source, i.topic) = (s.source, s.topic) and i.position > s.position
       ) as "hasGap"
     from starts s`,
    [
      heard.map(({ name }) => name),
      heard.map(({ topic }) => topics[topic].source),
      heard.map(({ topic }) => topic),
    ],
  );
  return rows;
}

/** Forgets what every one of these consumers has applied. */
export async function pruneInbox(db: Queryable, topic: Topic, consumers: Consumer[]): Promise<void> {
  await db.query(
    `delete from inbox where source = $1 and topic = $2
       and position <= (select min(position) from checkpoints where source = $1 and topic = $2 and consumer = any($3))`,
    [topics[topic].source, topic, hearersOf(topic, consumers)],
  );
}
