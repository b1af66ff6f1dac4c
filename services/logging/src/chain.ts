import { createHash } from "node:crypto";

/** What happened, before it has a place in the store. */
export type Entry = {
  /** ISO 8601 with milliseconds, as are all times here. */
  time: string;
  service: string;
  /** A log record's; null for an event. */
  level: string | null;
  /** A log record's words, an event's type. */
  message: string;
  topic: string | null;
  position: number | null;
  subject: string | null;
  eventId: string | null;
  requestId: string | null;
  traceId: string | null;
  orderId: string | null;
  /** As `canonicalJson` writes it. */
  data: string;
};
export type Link = { seq: number; hash: string };
export type ChainedRecord = Entry & Link & { storedAt: string };

/** The hash before the first record. */
export const genesis: Link = { seq: 0, hash: "0".repeat(64) };

/** Gives each entry its place and its hash after the link before it. */
export function chained(after: Link, entries: readonly Entry[], storedAt: string): ChainedRecord[] {
  let previous = after;
  return entries.map((entry) => {
    const record = { ...entry, storedAt, seq: previous.seq + 1 };
    const hash = linkHash(previous.hash, record);
    previous = { seq: record.seq, hash };
    return { ...record, hash };
  });
}

/** SHA-256 over the hash before and everything that the record says, in hex. */
export function linkHash(previousHash: string, record: Omit<ChainedRecord, "hash">): string {
  const said = [
    previousHash,
    record.seq,
    record.time,
    record.storedAt,
    record.service,
    record.level,
    record.message,
    record.topic,
    record.position,
    record.subject,
    record.eventId,
    record.requestId,
    record.traceId,
    record.orderId,
    record.data,
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/** JSON with sorted keys, of text that PostgreSQL can store: what comes back from jsonb is written the same again. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(storable(value));
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  // A map, since keys that cannot be stored may become alike.
  const texts = [...new Map(fields.map(([key, field]) => [storable(key), canonicalJson(field)]))];
  texts.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${texts.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export const storable = (text: string) => text.replaceAll("\0", "\ufffd").toWellFormed();
