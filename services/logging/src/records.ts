import type { Transaction } from "@sockshop/platform/database.ts";
import { type ChainedRecord, chained, type Entry } from "./chain.ts";
import { type Head, lockHead } from "./head.ts";
import { ensurePartitions, notingTimes } from "./partitions.ts";

/** What wakes live tails. */
export const recordsChannel = "records";

/** Appends entries to the chain in their order; the head's lock makes each writer wait for the one before. */
export async function append(tx: Transaction, entries: readonly Entry[]): Promise<void> {
  if (entries.length > 0) await appendAfter(await lockHead(tx), tx, entries);
}

/** The same after a head that is locked already. */
export async function appendAfter(head: Head, tx: Transaction, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await ensurePartitions(tx, head, head.seq + entries.length);
  await insert(tx, chained(head, entries, new Date().toISOString()));
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
const names = Object.keys(columns).join(", ");
// All in one statement: while it waits for an answer, every other writer waits for it.
const insertion = `with stored as (
    insert into records (${names}, words)
    select ${names}, to_tsvector('simple', text) from unnest(${[...Object.values(columns), "text"]
      .map((type, index) => `$${index + 1}::${type}[]`)
      .join(", ")}) as record (${names}, text)
    returning seq, time, hash
  ), noted as (${notingTimes("stored")}),
  moved as (update chain_head set (seq, hash) = (select seq, hash from stored order by seq desc limit 1))
  select pg_notify('${recordsChannel}', '')`;

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
    column(wordsOf),
  ]);
}

const signs = /[^\p{L}\p{N}]+/gu;
const signsAndEscapes = /(?:\\[^u]|[^\p{L}\p{N}])+/gu;

/** What full-text search looks into: signs are spaces, so that the words of paths and ids are found one by one. */
const wordsOf = ({ message, data }: Pick<Entry, "message" | "data">) =>
  `${message.replace(signs, " ")} ${data.replace(signsAndEscapes, " ")}`;

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
