import type { Queryable } from "@sockshop/platform/database.ts";
import { canonicalJson, genesis, type Link, linkHash } from "./chain.ts";
import { headOf } from "./head.ts";
import { type RecordRow, recordColumns } from "./records.ts";

export type Verification =
  | { intact: true; records: number; dropped: number; head: Link }
  /** `seq` names the first record that is not what was appended, or is gone. */
  | { intact: false; seq: number; reason: string };

const batch = 5_000;

/** Walks the chain from its beginning, over the anchors of dropped partitions, to its head. */
export async function verifyChain(
  db: Queryable,
  progress: (seq: number, of: number) => void = () => {},
): Promise<Verification> {
  const head = await headOf(db);
  let [at, records, dropped]: [Link, number, number] = [genesis, 0, 0];
  while (at.seq < head.seq) {
    const stretch = await verifyStretch(db, at, head);
    if (!stretch.intact) return stretch;
    records += stretch.records;
    dropped += stretch.dropped;
    at = stretch.head;
    progress(at.seq, head.seq);
  }
  if (at.hash !== head.hash) return { intact: false, seq: head.seq, reason: otherEnd };
  return { intact: true, records, dropped, head: { seq: head.seq, hash: head.hash } };
}

/** Walks the next some thousand records after a link; its `head` is how far it came. */
export async function verifyStretch(db: Queryable, after: Link, head: Link): Promise<Verification> {
  let [at, records, dropped] = [after, 0, 0];
  const rows = await recordsBetween(db, at.seq, head.seq);
  for (const row of rows) {
    if (row.seq !== at.seq + 1) break;
    if (!fits(at, row)) return { intact: false, seq: row.seq, reason: misfit };
    at = { seq: row.seq, hash: row.hash };
    records += 1;
  }
  if (rows.at(-1)?.seq !== at.seq) {
    const anchor = await anchorAt(db, at.seq + 1);
    if (!anchor) return { intact: false, seq: at.seq + 1, reason: "it is missing" };
    dropped += anchor.count;
    at = { seq: anchor.seq, hash: anchor.hash };
  }
  if (at.seq === head.seq && at.hash !== head.hash) return { intact: false, seq: head.seq, reason: otherEnd };
  return { intact: true, records, dropped, head: at };
}

const otherEnd = "it is not the end that the chain had";
const misfit = "its hash does not fit what it says and the record before it";

function fits(before: Link, row: RecordRow): boolean {
  const hash = linkHash(before.hash, {
    seq: row.seq,
    time: row.time.toISOString(),
    storedAt: row.stored_at.toISOString(),
    service: row.service,
    level: row.level,
    message: row.message,
    topic: row.topic,
    position: row.position,
    subject: row.subject,
    eventId: row.event_id,
    requestId: row.request_id,
    traceId: row.trace_id,
    orderId: row.order_id,
    data: canonicalJson(row.data),
  });
  return hash === row.hash;
}

async function recordsBetween(db: Queryable, after: number, upTo: number): Promise<RecordRow[]> {
  const { rows } = await db.query<RecordRow>(
    `select ${recordColumns} from records where seq > $1 and seq <= $2 order by seq limit ${batch}`,
    [after, upTo],
  );
  return rows;
}

/** Whether a record was dropped by age, so that a walk which stood before it must begin anew. */
export async function isDropped(db: Queryable, seq: number): Promise<boolean> {
  const { rowCount } = await db.query("select 1 from anchors where first_seq <= $1 and last_seq >= $1", [
    seq,
  ]);
  return Boolean(rowCount);
}

async function anchorAt(db: Queryable, firstSeq: number): Promise<(Link & { count: number }) | undefined> {
  const { rows } = await db.query<Link & { count: number }>(
    "select last_seq as seq, encode(last_hash, 'hex') as hash, count from anchors where first_seq = $1",
    [firstSeq],
  );
  return rows[0];
}
