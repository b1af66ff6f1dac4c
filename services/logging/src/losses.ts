import type { LogBatch } from "@sockshop/contracts/logging.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { entryOfLoss } from "./entries.ts";
import { lockHead } from "./head.ts";
import { append } from "./records.ts";

/** Longer than the broker tries to bring a batch again. */
const patienceSeconds = 60;

/** The numbers of a batch's records. */
type Numbers = { sender: string; service: string; first: number; last: number };

/** Keeps which of their senders' records came, under the head's lock: what was skipped is a gap until it comes. */
export async function noteNumbers(tx: Transaction, batches: readonly LogBatch[]): Promise<void> {
  const came = batches.flatMap(numbersOf);
  if (came.length === 0) return;
  const next = await nextOf(tx, came);
  const skipped: Numbers[] = [];
  const late: Numbers[] = [];
  for (const numbers of came) {
    const due = next.get(numbers.sender) ?? 1;
    if (numbers.first > due) skipped.push({ ...numbers, first: due, last: numbers.first - 1 });
    else if (numbers.first < due) late.push(numbers);
    next.set(numbers.sender, Math.max(due, numbers.last + 1));
  }
  await keepNext(tx, came, next);
  for (const { sender, first, last } of skipped)
    await tx.query("insert into log_gaps (sender, first, last) values ($1, $2, $3)", [sender, first, last]);
  for (const numbers of late) await fillGap(tx, numbers);
}

function numbersOf({ service, sender, first, records }: LogBatch): Numbers[] {
  if (sender === undefined || first === undefined || records.length === 0) return [];
  return [{ sender: sender.toLowerCase(), service, first, last: first + records.length - 1 }];
}

async function nextOf(tx: Transaction, came: Numbers[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ sender: string; next: number }>(
    "select sender, next from log_senders where sender = any($1::uuid[])",
    [came.map(({ sender }) => sender)],
  );
  return new Map(rows.map(({ sender, next }) => [sender, next]));
}

async function keepNext(tx: Transaction, came: Numbers[], next: Map<string, number>): Promise<void> {
  const serviceOf = new Map(came.map(({ sender, service }) => [sender, service]));
  const senders = [...serviceOf.keys()];
  await tx.query(
    `insert into log_senders as known (sender, service, next)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[])
     on conflict (sender) do update set next = excluded.next, heard_at = clock_timestamp()`,
    [senders, [...serviceOf.values()], senders.map((sender) => next.get(sender))],
  );
}

/** A batch that was overtaken lies within one gap, and may leave a rest on either side. */
async function fillGap(tx: Transaction, { sender, first, last }: Numbers): Promise<void> {
  const { rows } = await tx.query<{ first: number; last: number; seen_at: Date }>(
    "delete from log_gaps where sender = $1 and first <= $2 and last >= $3 returning first, last, seen_at",
    [sender, first, last],
  );
  const [gap] = rows;
  if (!gap) return;
  await tx.query(
    `insert into log_gaps (sender, first, last, seen_at)
     select $1, rest.first, rest.last, $4 from unnest($2::bigint[], $3::bigint[]) as rest(first, last)
     where rest.first <= rest.last`,
    [sender, [gap.first, last + 1], [first - 1, gap.last], gap.seen_at],
  );
}

/** Stores what did not come in time as a record of its own, one for each gap; resolves with how many log records are gone. */
export async function tellLosses(database: Database, patience = patienceSeconds): Promise<number> {
  return withTransaction(database, async (tx) => {
    await lockHead(tx);
    const { rows } = await tx.query<{ service: string; lost: number }>(
      `with gone as (
         delete from log_gaps where seen_at < clock_timestamp() - make_interval(secs => $1) returning sender, last - first + 1 as lost
       )
       select service, lost from gone join log_senders using (sender)`,
      [patience],
    );
    await append(
      tx,
      rows.map(({ service, lost }) => entryOfLoss(service, lost)),
    );
    return rows.reduce((sum, { lost }) => sum + lost, 0);
  });
}

/** Processes that ended long ago send nothing more. */
export async function forgetOldSenders(database: Database): Promise<void> {
  await database.query("delete from log_senders where heard_at < clock_timestamp() - interval '90 days'");
}
