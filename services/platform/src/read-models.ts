import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import pg from "pg";
import type { Projection } from "./aggregate.ts";
import { fetchEvents } from "./consumers.ts";
import { type Database, type Transaction, withTransaction } from "./database.ts";
import { type EventRow, eventFromRow } from "./events.ts";
import type { Consumer } from "./inbox.ts";
import type { Sidecar } from "./sidecar.ts";

/** Own read models, by the stream whose events make them. */
export type OwnReadModel = { stream: string; projection: Projection };

const batch = 500;

/**
 * Makes an own read model anew from its events while the service serves: into shadow tables, then under a short block of
 * writes the rest, and a swap. Resolves with the number of events applied.
 */
export async function rebuildProjection(
  database: Database,
  { stream, projection }: OwnReadModel,
): Promise<number> {
  const schema = await createShadow(database, projection);
  let applied = 0;
  // Each pass is one snapshot, so that no event is taken before an earlier one of its subject; the second leaves little for the block.
  for (let pass = 0; pass < 2; pass++) {
    applied += await inShadow(database, schema, (tx) => projectMissing(tx, stream, projection));
  }
  applied += await swapUnderLock(database, schema, projection.tables, async (tx) => {
    await tx.query("lock table events in exclusive mode");
    return projectMissing(tx, stream, projection);
  });
  return applied;
}

/** The same for a read model of other services' facts: everything is fetched again from its sources. */
export async function rebuildConsumer(
  parts: { database: Database; sidecar: Sidecar },
  consumer: Consumer,
): Promise<number> {
  const { database, sidecar } = parts;
  const tables = consumer.tables;
  if (!tables) throw new Error(`${consumer.name} reacts to events and has no read model to rebuild`);
  const schema = await createShadow(database, { name: consumer.name, tables });
  const reached = new Map<Topic, number>();
  for (const topic of consumer.topics) {
    const upTo = await checkpointOf(database, consumer, topic);
    await inShadow(database, schema, (tx) => catchUp(tx, sidecar, consumer, { topic, after: 0, upTo }));
    reached.set(topic, upTo);
  }
  return swapUnderLock(database, schema, tables, async (tx) => {
    let applied = 0;
    for (const topic of consumer.topics) {
      const upTo = await lockedCheckpoint(tx, consumer, topic);
      // From where the committed pass ended: an attempt that stepped back has taken its events with it.
      await catchUp(tx, sidecar, consumer, { topic, after: reached.get(topic) ?? 0, upTo });
      applied += upTo;
    }
    return applied;
  });
}

/** Makes empty copies of the model's tables in a schema of their own, which it names. */
export async function createShadow(
  database: Database,
  model: { name: string; tables: readonly string[] },
): Promise<string> {
  const schema = pg.escapeIdentifier(`rebuild_${model.name}`);
  await withTransaction(database, async (tx) => {
    await tx.query(`drop schema if exists ${schema} cascade`);
    await tx.query(`create schema ${schema}`);
    for (const table of model.tables) {
      await tx.query(
        `create table ${schema}.${pg.escapeIdentifier(table)} (like public.${pg.escapeIdentifier(table)} including all)`,
      );
    }
    await tx.query(
      `create table ${schema}.rebuild_progress (subject text primary key, version int not null)`,
    );
  });
  return schema;
}

/** Runs the projection's own SQL against the shadow tables: unqualified names find them first. */
export function inShadow<Result>(
  database: Database,
  schema: string,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return withTransaction(database, async (tx) => {
    await tx.query(`set local search_path to ${schema}, public`);
    return work(tx);
  });
}

async function projectMissing(tx: Transaction, stream: string, projection: Projection): Promise<number> {
  await tx.query(
    `declare missing cursor for
     select e.* from events e left join rebuild_progress p on p.subject = e.subject
     where e.stream = ${pg.escapeLiteral(stream)} and e.version > coalesce(p.version, 0) order by e.seq`,
  );
  let applied = 0;
  for (;;) {
    const { rows } = await tx.query<EventRow>(`fetch ${batch} from missing`);
    for (const row of rows) await projection.project(tx, eventFromRow(row));
    await tx.query(
      `insert into rebuild_progress (subject, version)
       select subject, max(version) from jsonb_to_recordset($1::jsonb) as done(subject text, version int) group by subject
       on conflict (subject) do update set version = excluded.version`,
      [JSON.stringify(rows.map(({ subject, version }) => ({ subject, version })))],
    );
    applied += rows.length;
    if (rows.length < batch) break;
  }
  await tx.query("close missing");
  return applied;
}

const swapAttempts = 20;

/** Lets `rest` finish the copies and puts them in the tables' place, in one transaction. */
export async function swapUnderLock<Result>(
  database: Database,
  schema: string,
  tables: readonly string[],
  rest: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inShadow(database, schema, async (tx) => {
        // Shorter than the server's deadlock check: when we meet a writer, it is we who step back and try again.
        await tx.query("set local lock_timeout = '400ms'");
        const result = await rest(tx);
        for (const table of tables.map((name) => pg.escapeIdentifier(name))) {
          await tx.query(`drop table public.${table}`);
          await tx.query(`alter table ${schema}.${table} set schema public`);
        }
        await tx.query(`drop schema ${schema} cascade`);
        return result;
      });
    } catch (error) {
      const code = (error as { code?: string }).code;
      if ((code !== "55P03" && code !== "40P01") || attempt === swapAttempts) throw error;
    }
  }
}

type Span = { topic: Topic; after: number; upTo: number };

async function catchUp(tx: Transaction, sidecar: Sidecar, consumer: Consumer, span: Span): Promise<void> {
  const { topic, upTo } = span;
  for (let after = span.after; after < upTo; ) {
    const { items } = await fetchEvents(sidecar, topic, after, batch);
    const due = items.filter((event) => event.position <= upTo);
    for (const event of due) await handleUnlessParked(tx, consumer, topic, event);
    const last = due.at(-1)?.position;
    if (!last) throw new Error(`the source of ${topic} has nothing between ${after} and ${upTo} any more`);
    after = last;
  }
}

async function handleUnlessParked(
  tx: Transaction,
  consumer: Consumer,
  topic: Topic,
  event: CloudEvent,
): Promise<void> {
  const parked = await tx.query(
    "select 1 from parked where consumer = $1 and source = $2 and topic = $3 and position = $4",
    [consumer.name, topics[topic].source, topic, event.position],
  );
  // What is parked stays parked: a redrive applies it to the new tables as it would have to the old ones.
  if (!parked.rowCount) await consumer.handle(tx, event);
}

async function checkpointOf(
  db: Pick<Database, "query">,
  consumer: Consumer,
  topic: Topic,
  lock = "",
): Promise<number> {
  const { rows } = await db.query<{ position: number }>(
    `select position from checkpoints where consumer = $1 and source = $2 and topic = $3 ${lock}`,
    [consumer.name, topics[topic].source, topic],
  );
  return rows[0]?.position ?? 0;
}

const lockedCheckpoint = (tx: Transaction, consumer: Consumer, topic: Topic) =>
  checkpointOf(tx, consumer, topic, "for update");
