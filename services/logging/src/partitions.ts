import {
  type Database,
  type Queryable,
  type Transaction,
  withTransaction,
} from "@sockshop/platform/database.ts";
import { type Head, headOf, lockHead } from "./head.ts";
import { projectionTables } from "./projections.ts";

const madeAhead = 2;

/** Times, and numbers that are themselves left out. */
export type Bounds = {
  from?: string | undefined;
  to?: string | undefined;
  after?: number | undefined;
  before?: number | undefined;
};

const tableOf = (partition: number) => `records_${String(partition).padStart(6, "0")}`;
const firstOf = (partition: number, { partitionSize }: Head) => partition * partitionSize + 1;
const partitionOf = (seq: number, { partitionSize }: Head) => Math.floor((seq - 1) / partitionSize);

/** Makes the partitions up to a record's, where they are missing; the head must be locked. */
export async function ensurePartitions(tx: Transaction, head: Head, upTo: number): Promise<void> {
  const needed = partitionOf(upTo, head) + 1;
  if (needed <= head.partitions) return;
  for (let partition = head.partitions; partition < needed; partition++) {
    const table = tableOf(partition);
    // Made apart and attached: that blocks no reader of the others.
    await tx.query(`create table ${table} (like records including all)`);
    await tx.query(
      `alter table records attach partition ${table}
       for values from (${firstOf(partition, head)}) to (${firstOf(partition + 1, head)})`,
    );
  }
  await tx.query("update chain_head set partitions = $1", [needed]);
}

/** SQL that keeps what times a partition's records tell, for the `seq` and `time` of a table of new ones. */
export const notingTimes = (records: string): string =>
  `insert into partitions as known (partition, first_time, last_time)
   select ((seq - 1) / (select partition_size from chain_head))::int, min(time), max(time) from ${records} group by 1
   on conflict (partition) do update
   set first_time = least(known.first_time, excluded.first_time), last_time = greatest(known.last_time, excluded.last_time)
   where excluded.first_time < known.first_time or excluded.last_time > known.last_time`;

/** The first and last number of each partition that may hold such records, the newest first. */
export async function partitionsWithin(
  db: Queryable,
  { from, to, after, before }: Bounds,
): Promise<{ first: number; last: number }[]> {
  const { rows } = await db.query<{ first: number; last: number }>(
    `select greatest(partition::bigint * partition_size + 1, $3) as first,
            least((partition + 1)::bigint * partition_size, $4) as last
     from partitions, chain_head
     where ($1::timestamptz is null or last_time >= $1) and ($2::timestamptz is null or first_time <= $2)
       and (partition + 1)::bigint * partition_size >= $3 and partition::bigint * partition_size < $4
     order by partition desc`,
    [from ?? null, to ?? null, (after ?? 0) + 1, (before ?? Number.MAX_SAFE_INTEGER) - 1],
  );
  return rows;
}

/** Keeps partitions ready for what comes next, so that no append has to make one. */
export async function makePartitionsAhead(database: Database): Promise<void> {
  await withTransaction(database, async (tx) => {
    const head = await lockHead(tx);
    await ensurePartitions(tx, head, head.seq + 1 + madeAhead * head.partitionSize);
  });
}

/** Drops whole partitions whose newest record was stored before a moment; resolves with how many. */
export async function dropPartitionsBefore(database: Database, moment: Date): Promise<number> {
  let dropped = 0;
  while (await dropOldest(database, moment)) dropped += 1;
  return dropped;
}

type Oldest = { partition: number; first: number; last: number };

/** The oldest partition that is kept, when it is full. */
async function oldestFull(db: Queryable): Promise<Oldest | undefined> {
  const head = await headOf(db);
  const { rows } = await db.query<{ last: number }>("select coalesce(max(last_seq), 0) as last from anchors");
  const first = (rows[0]?.last ?? 0) + 1;
  const last = first + head.partitionSize - 1;
  return head.seq < last ? undefined : { partition: partitionOf(first, head), first, last };
}

type Summary = { first_hash: Buffer; last_hash: Buffer; count: number; newest: Date };

async function dropOldest(database: Database, moment: Date): Promise<boolean> {
  const oldest = await oldestFull(database);
  if (!oldest || (await isAwaited(database, oldest))) return false;
  const { rows } = await database.query<Summary>(
    `select (select hash from records where seq = $1) as first_hash, (select hash from records where seq = $2) as last_hash,
            count(*) as count, max(stored_at) as newest
     from records where seq between $1 and $2`,
    [oldest.first, oldest.last],
  );
  if (!rows[0] || rows[0].newest >= moment) return false;
  await replaceByAnchor(database, oldest, rows[0]);
  return true;
}

async function replaceByAnchor(database: Database, oldest: Oldest, summary: Summary): Promise<void> {
  const { partition, first, last } = oldest;
  await withTransaction(database, async (tx) => {
    // Whoever reads for long must not make every writer queue behind us: we come again.
    await tx.query("set local lock_timeout = '2s'");
    await lockHead(tx);
    // Another instance was faster.
    if ((await oldestFull(tx))?.partition !== partition) return;
    await tx.query(
      "insert into anchors (first_seq, last_seq, first_hash, last_hash, count) values ($1, $2, $3, $4, $5)",
      [first, last, summary.first_hash, summary.last_hash, summary.count],
    );
    for (const table of ["partitions", ...projectionTables])
      await tx.query(`delete from ${table} where partition <= $1`, [partition]);
    await tx.query(`alter table records detach partition ${tableOf(partition)}`);
    await tx.query(`drop table ${tableOf(partition)}`);
  });
}

/** Whether a projection has not counted these records yet. */
async function isAwaited(db: Queryable, { last }: Oldest): Promise<boolean> {
  const { rowCount } = await db.query("select 1 from projections where seq < $1 limit 1", [last]);
  return Boolean(rowCount);
}
