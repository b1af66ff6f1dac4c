import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import pg from "pg";
import type { Projection } from "./aggregate.ts";
import { fetchEvents } from "./consumers.ts";
import { type Database, type Transaction, withTransaction } from "./database.ts";
import { type EventRow, eventFromRow } from "./events.ts";
import { newId } from "./ids.ts";
import type { Consumer } from "./inbox.ts";
import { conflict } from "./problem.ts";
import type { Sidecar } from "./sidecar.ts";

/** Own read models, by the stream whose events make them. */
export type OwnReadModel = { stream: string; projection: Projection };

const batch = 500;

/**
 * Makes an own read model anew from its events while the service serves: into shadow tables, then under a short block of
 * writes the rest, and a swap. Resolves with the number of events applied.
 */
export function rebuildProjection(database: Database, { stream, projection }: OwnReadModel): Promise<number> {
  return withShadow(database, projection, async (schema) => {
    let applied = 0;
    // Each pass is one snapshot, so that no event is taken before an earlier one of its subject; the second leaves little for the block.
    for (let pass = 0; pass < 2; pass++) {
      applied += await inShadow(database, schema, (tx) => projectMissing(tx, stream, projection));
    }
    const rest = await swapUnderLock(database, schema, projection.tables, async (tx) => {
      await tx.query("lock table events in exclusive mode");
      return projectMissing(tx, stream, projection);
    });
    return applied + rest;
  });
}

/** The same for a read model of other services' facts: everything is fetched again from its sources. */
export function rebuildConsumer(
  parts: { database: Database; sidecar: Sidecar },
  consumer: Consumer,
): Promise<number> {
  const { database, sidecar } = parts;
  const { name, tables } = consumer;
  if (!tables) throw new Error(`${name} reacts to events and has no read model to rebuild`);
  return withShadow(database, { name, tables }, async (schema) => {
    const reached = new Map<Topic, Reached>();
    for (const topic of consumer.topics) {
      const { position, parked } = await placeOf(database, consumer, topic);
      const skipped = await inShadow(database, schema, (tx) =>
        catchUp(tx, sidecar, consumer, { topic, after: 0, upTo: position, parked }),
      );
      reached.set(topic, { position, skipped });
    }
    return swapUnderLock(database, schema, tables, async (tx) => {
      let applied = 0;
      for (const topic of consumer.topics) {
        const { position, parked } = await lockedPlaceOf(tx, consumer, topic);
        // From where the committed pass ended: an attempt that stepped back has taken its events with it.
        const { position: after, skipped } = reached.get(topic) ?? { position: 0, skipped: [] };
        // A redrive meanwhile applied them to the tables that go. They are before all that follows for their subjects.
        for (const event of skipped) if (!parked.has(event.position)) await consumer.handle(tx, event);
        await catchUp(tx, sidecar, consumer, { topic, after, upTo: position, parked });
        applied += position;
      }
      return applied;
    });
  });
}

/**
 * Makes empty copies of the model's tables in a schema of their own, named to `work`. One rebuild of a model at a time, over
 * all instances: throws a 409 while another is under way.
 */
export async function withShadow<Result>(
  database: Database,
  model: { name: string; tables: readonly string[] },
  work: (schema: string) => Promise<Result>,
): Promise<Result> {
  const holder = await database.connect();
  let lost: Error | undefined;
  const onError = (error: Error) => {
    lost = error;
  };
  holder.on("error", onError);
  try {
    const { rows } = await holder.query<{ held: boolean }>(
      "select pg_try_advisory_lock(hashtext('rebuild'), hashtext($1)) as held",
      [model.name],
    );
    if (!rows[0]?.held)
      throw conflict("being-rebuilt", `${model.name} is being made anew already. Wait until that has ended.`);
    try {
      return await work(await createShadow(database, model));
    } finally {
      await holder
        .query("select pg_advisory_unlock(hashtext('rebuild'), hashtext($1))", [model.name])
        .catch(onError);
    }
  } finally {
    holder.off("error", onError);
    // With its connection the lock goes, too.
    holder.release(lost);
  }
}

async function createShadow(
  database: Database,
  model: { name: string; tables: readonly string[] },
): Promise<string> {
  const name = `rebuild_${model.name}`;
  // A name of its own: who lost the lock on the way finds its tables gone, and not those of the next.
  const schema = pg.escapeIdentifier(`${name} ${newId().slice(-12)}`);
  await withTransaction(database, async (tx) => {
    const { rows: left } = await tx.query<{ name: string }>(
      "select nspname as name from pg_namespace where split_part(nspname, ' ', 1) = $1",
      [name],
    );
    for (const { name } of left) await tx.query(`drop schema ${pg.escapeIdentifier(name)} cascade`);
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
    // Without its schema a projection's SQL would find the tables that serve.
    await tx.query(`lock table ${schema}.rebuild_progress in share mode`);
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

type Reached = { position: number; skipped: CloudEvent[] };
type Span = { topic: Topic; after: number; upTo: number; parked: Set<number> };

/** Resolves with the events that it left out: what is parked stays parked, and a redrive will apply it to the new tables. */
async function catchUp(
  tx: Transaction,
  sidecar: Sidecar,
  consumer: Consumer,
  span: Span,
): Promise<CloudEvent[]> {
  const { topic, upTo, parked } = span;
  const skipped: CloudEvent[] = [];
  for (let after = span.after; after < upTo; ) {
    const { items } = await fetchEvents(sidecar, topic, after, batch);
    const due = items.filter((event) => event.position <= upTo);
    for (const event of due) {
      if (parked.has(event.position)) skipped.push(event);
      else await consumer.handle(tx, event);
    }
    const last = due.at(-1)?.position;
    if (!last) throw new Error(`the source of ${topic} has nothing between ${after} and ${upTo} any more`);
    after = last;
  }
  return skipped;
}

type Place = { position: number; parked: Set<number> };

/** How far the consumer is, and what it set aside on the way: of one moment, since a redrive changes the second alone. */
const placeOf = (database: Database, consumer: Consumer, topic: Topic): Promise<Place> =>
  withTransaction(database, (tx) => lockedPlaceOf(tx, consumer, topic));

/** The same, and it stays so until the transaction ends. */
async function lockedPlaceOf(tx: Transaction, consumer: Consumer, topic: Topic): Promise<Place> {
  const key = [consumer.name, topics[topic].source, topic];
  const checkpoint = await tx.query<{ position: number }>(
    "select position from checkpoints where consumer = $1 and source = $2 and topic = $3 for update",
    key,
  );
  const parked = await tx.query<{ position: number }>(
    "select position from parked where consumer = $1 and source = $2 and topic = $3",
    key,
  );
  return {
    position: checkpoint.rows[0]?.position ?? 0,
    parked: new Set(parked.rows.map(({ position }) => position)),
  };
}
