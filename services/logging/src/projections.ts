import {
  type Database,
  type Queryable,
  type Transaction,
  withTransaction,
} from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { type Loop, startLoop } from "@sockshop/platform/loop.ts";
import type { Rebuildable } from "@sockshop/platform/operator-routes.ts";
import { inShadow, swapUnderLock, withShadow } from "@sockshop/platform/read-models.ts";
import { headOf } from "./head.ts";

/** Counts that follow the store. `add` says in SQL how the records after $1 and up to $2 change them. */
export type Projection = { name: string; table: string; add: string };

const partition = "((seq - 1) / (select partition_size from chain_head))::int";

export const projections: readonly Projection[] = [
  {
    name: "error-counts",
    table: "error_counts",
    add: `insert into error_counts as known (partition, minute, service, errors, warnings)
      select ${partition}, date_trunc('minute', time), service,
             count(*) filter (where level <> 'warn'), count(*) filter (where level = 'warn')
      from records where seq > $1 and seq <= $2 and level in ('warn', 'error', 'fatal')
      group by 1, 2, 3
      on conflict (minute, service, partition) do update
      set errors = known.errors + excluded.errors, warnings = known.warnings + excluded.warnings`,
  },
  {
    name: "route-times",
    table: "route_times",
    // The access log's lines; a stream's duration says only how long somebody looked on.
    add: `insert into route_times as known
        (partition, hour, service, method, route, requests, total_ms, max_ms, slow, failed)
      select ${partition}, date_trunc('hour', time), service, data->>'method', data->>'route', count(*),
             sum((data->>'ms')::int), max((data->>'ms')::int), count(*) filter (where (data->>'ms')::int > 1000),
             count(*) filter (where (data->>'status')::int >= 500)
      from records
      where seq > $1 and seq <= $2 and topic is null and message = 'request'
        -- Whole numbers of a sane size: one that cannot be cast would hold up all counting.
        and data->>'ms' ~ '^\\d{1,9}$' and data->>'status' ~ '^\\d{3}$'
        and data ? 'method' and data ? 'route' and not data ? 'stream'
      group by 1, 2, 3, 4, 5
      on conflict (hour, service, method, route, partition) do update
      set requests = known.requests + excluded.requests, total_ms = known.total_ms + excluded.total_ms,
          max_ms = greatest(known.max_ms, excluded.max_ms), slow = known.slow + excluded.slow,
          failed = known.failed + excluded.failed`,
  },
];

export const projectionTables = projections.map(({ table }) => table);

const atOnce = 50_000;

/** Keeps every projection in step with the store, a second behind. */
export function followRecords(database: Database, log: Log): Loop {
  return startLoop({ name: "counting of records", everyMs: 1_000, log }, async () => {
    const behind = await whatIsBehind(database);
    for (const projection of projections)
      if (behind.has(projection.name)) while (await addNext(database, projection));
  });
}

/** The names of the projections that have not counted the newest record. */
async function whatIsBehind(database: Database): Promise<Set<string>> {
  const { rows } = await database.query<{ name: string }>(
    "select name from projections where seq < (select seq from chain_head)",
  );
  return new Set(rows.map(({ name }) => name));
}

/** Adds what came since; resolves with whether there was anything. Its place in the store moves in the same transaction. */
export async function addNext(database: Database, projection: Projection): Promise<boolean> {
  return withTransaction(database, async (tx) => {
    const from = await lockPlace(tx, projection.name);
    const { seq: head } = await headOf(tx);
    const upTo = Math.min(head, from + atOnce);
    if (upTo <= from) return false;
    await tx.query(projection.add, [from, upTo]);
    await tx.query("update projections set seq = $2 where name = $1", [projection.name, upTo]);
    return true;
  });
}

/** How an operator has one made anew from the store, while it is read: npm run events -- rebuild. */
export const rebuildable = (database: Database): Rebuildable[] =>
  projections.map((projection) => ({
    name: projection.name,
    rebuild: () => rebuildProjection(database, projection),
  }));

/** Resolves with the number of records that were looked at. */
export function rebuildProjection(database: Database, { name, table, add }: Projection): Promise<number> {
  return withShadow(database, { name, tables: [table] }, async (schema) => {
    const begin = await lastDropped(database);
    let done = begin;
    const catchUp = async (tx: Transaction, head: number) => {
      for (; done < head; done = Math.min(head, done + atOnce))
        await tx.query(add, [done, Math.min(head, done + atOnce)]);
    };
    await inShadow(database, schema, async (tx) => catchUp(tx, (await headOf(tx)).seq));
    const reached = done;
    await swapUnderLock(database, schema, [table], async (tx) => {
      // A swap that stepped back has undone what it added.
      done = reached;
      await lockPlace(tx, name);
      await catchUp(tx, (await headOf(tx)).seq);
      // What was dropped meanwhile is counted no more.
      await tx.query(
        `delete from ${table} where partition < (select $1::bigint / partition_size from chain_head)`,
        [await lastDropped(tx)],
      );
      await tx.query("update projections set seq = $2 where name = $1", [name, done]);
    });
    return done - begin;
  });
}

/** The last record that age has taken. */
async function lastDropped(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ last: number }>("select coalesce(max(last_seq), 0) as last from anchors");
  return rows[0]?.last ?? 0;
}

async function lockPlace(tx: Transaction, name: string): Promise<number> {
  const { rows } = await tx.query<{ seq: number }>("select seq from projections where name = $1 for update", [
    name,
  ]);
  return rows[0]?.seq ?? 0;
}
