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
  let [at, records, dropped] = [genesis, 0, 0];
  while (at.seq < head.seq) {
    const rows = await recordsAfter(db, at.seq);
    for (const row of rows) {
      const broken = row.seq === at.seq + 1 ? misfit(at, row) : undefined;
      if (broken) return { intact: false, seq: row.seq, reason: broken };
      if (row.seq !== at.seq + 1) break;
      at = { seq: row.seq, hash: row.hash };
      records += 1;
    }
    if (at.seq >= head.seq) break;
    if (rows.at(-1)?.seq !== at.seq) {
      const anchor = await anchorAt(db, at.seq + 1);
      if (!anchor) return { intact: false, seq: at.seq + 1, reason: "it is missing" };
      dropped += anchor.count;
      at = { seq: anchor.seq, hash: anchor.hash };
    }
    progress(at.seq, head.seq);
  }
  return endsAt(db, head, at, { records, dropped });
}

/** The walk may have gone on past the head it set out for: then the head is somewhere on its way. */
async function endsAt(
  db: Queryable,
  head: Link,
  at: Link,
  counts: { records: number; dropped: number },
): Promise<Verification> {
  const hash = at.seq === head.seq ? at.hash : await hashOf(db, head.seq);
  if (hash !== head.hash) return { intact: false, seq: head.seq, reason: "it is not the head of the chain" };
  return { intact: true, ...counts, head: { seq: head.seq, hash: head.hash } };
}

/** What is wrong with a record, if anything is. */
function misfit(before: Link, row: RecordRow): string | undefined {
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
  return hash === row.hash ? undefined : "its hash does not fit what it says and the record before it";
}

async function recordsAfter(db: Queryable, seq: number): Promise<RecordRow[]> {
  const { rows } = await db.query<RecordRow>(
    `select ${recordColumns} from records where seq > $1 order by seq limit ${batch}`,
    [seq],
  );
  return rows;
}

async function hashOf(db: Queryable, seq: number): Promise<string | undefined> {
  const { rows } = await db.query<{ hash: string }>(
    "select encode(hash, 'hex') as hash from records where seq = $1",
    [seq],
  );
  return rows[0]?.hash;
}

async function anchorAt(db: Queryable, firstSeq: number): Promise<(Link & { count: number }) | undefined> {
  const { rows } = await db.query<Link & { count: number }>(
    "select last_seq as seq, encode(last_hash, 'hex') as hash, count from anchors where first_seq = $1",
    [firstSeq],
  );
  return rows[0];
}
