import type { Transaction } from "@sockshop/platform/database.ts";
import { type ChainedRecord, chained, type Entry } from "./chain.ts";
import { lockHead } from "./head.ts";
import { ensurePartitions, noteTimes } from "./partitions.ts";

/** What wakes live tails. */
export const recordsChannel = "records";

/** Appends entries to the chain in their order; the head's lock makes each writer wait for the one before. */
export async function append(tx: Transaction, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const head = await lockHead(tx);
  await ensurePartitions(tx, head, head.seq + entries.length);
  const records = chained(head, entries, new Date().toISOString());
  await insert(tx, records);
  await noteTimes(tx, head, records);
  const last = records.at(-1) ?? head;
  await tx.query("update chain_head set seq = $1, hash = decode($2, 'hex')", [last.seq, last.hash]);
  await tx.query("select pg_notify($1, '')", [recordsChannel]);
}

const columns = {
  seq: "bigint",
  time: "timestamptz",
  stored_at: "timestamptz",
  service: "text",
  level: "text",
  message: "text",
  topic: "text",
  position: "bigint",
  subject: "text",
  event_id: "uuid",
  request_id: "text",
  trace_id: "text",
  order_id: "uuid",
  data: "jsonb",
  hash: "bytea",
} as const;
const insertion = `insert into records (${Object.keys(columns).join(", ")})
  select * from unnest(${Object.values(columns)
    .map((type, index) => `$${index + 1}::${type}[]`)
    .join(", ")})`;

async function insert(tx: Transaction, records: ChainedRecord[]): Promise<void> {
  const column = <Value>(pick: (record: ChainedRecord) => Value) => records.map(pick);
  await tx.query(insertion, [
    column(({ seq }) => seq),
    column(({ time }) => time),
    column(({ storedAt }) => storedAt),
    column(({ service }) => service),
    column(({ level }) => level),
    column(({ message }) => message),
    column(({ topic }) => topic),
    column(({ position }) => position),
    column(({ subject }) => subject),
    column(({ eventId }) => eventId),
    column(({ requestId }) => requestId),
    column(({ traceId }) => traceId),
    column(({ orderId }) => orderId),
    column(({ data }) => data),
    column(({ hash }) => `\\x${hash}`),
  ]);
}

/** One row of `records`, with its hash in hex. */
export type RecordRow = {
  seq: number;
  time: Date;
  stored_at: Date;
  service: string;
  level: string | null;
  message: string;
  topic: string | null;
  position: number | null;
  subject: string | null;
  event_id: string | null;
  request_id: string | null;
  trace_id: string | null;
  order_id: string | null;
  data: Record<string, unknown>;
  hash: string;
};
/** What to select for a RecordRow. */
export const recordColumns = Object.keys(columns)
  .map((name) => (name === "hash" ? "encode(hash, 'hex') as hash" : name))
  .join(", ");
