import { cloudEvent } from "@sockshop/contracts/event.ts";
import { logBatch } from "@sockshop/contracts/logging.ts";
import { logTopic, type Topic, topics } from "@sockshop/contracts/topics.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import type { PlainSubscription } from "@sockshop/platform/event-routes.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import type { z } from "zod";
import { entriesOfBatch, entryOfEvent } from "./entries.ts";
import { lockHead } from "./head.ts";
import { noteNumbers } from "./losses.ts";
import { append, appendAfter } from "./records.ts";

/** Stores every event of every topic, each once and in its topic's order. */
export const eventStore: Consumer = {
  name: "event-store",
  topics: Object.keys(topics) as Topic[],
  handle: (tx, event) => append(tx, [entryOfEvent(event)]),
};

const batchEvent = cloudEvent.omit({ position: true, subject: true }).extend({ data: logBatch });
type BatchEvent = z.infer<typeof batchEvent>;

/** Stores log records as they come. Nothing on this way is logged, or every line would make another. */
export const logSubscription = (database: Database): PlainSubscription => ({
  component: logTopic.component,
  topic: logTopic.name,
  handle: async (events) => {
    // What is no batch of ours would be none the next time either.
    const batches = events.flatMap((event) => batchEvent.safeParse(event).data ?? []);
    const store = (some: BatchEvent[]) => withTransaction(database, (tx) => storeBatches(tx, some));
    try {
      await store(batches);
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      for (const batch of batches) await store([batch]).catch(unlessUnstorable);
    }
  },
});

// Data that do not fit (22, 23) or are too large (54): no repetition changes that.
const isUnstorable = (error: unknown) => /^(22|23|54)/.test((error as { code?: string }).code ?? "");

/** One that cannot be stored is left out and holds up no other: its records are missed by their numbers. */
function unlessUnstorable(error: unknown): void {
  if (!isUnstorable(error)) throw error;
}

/** The broker may bring a batch twice: its id tells. */
export async function storeBatches(tx: Transaction, batches: BatchEvent[]): Promise<void> {
  if (batches.length === 0) return;
  // First the lock, so that two deliveries of the same batches wait for each other in one order.
  const head = await lockHead(tx);
  const { rows } = await tx.query<{ id: string }>(
    "insert into log_batches (id) select distinct unnest($1::uuid[]) on conflict do nothing returning id",
    [batches.map(({ id }) => id)],
  );
  const fresh = new Set(rows.map(({ id }) => id));
  const kept = batches.flatMap(({ id, data }) => (fresh.delete(id.toLowerCase()) ? [data] : []));
  await appendAfter(head, tx, kept.flatMap(entriesOfBatch));
  await noteNumbers(tx, kept);
}

/** Forgets the ids of batches that no broker brings again. */
export async function forgetOldBatches(database: Database): Promise<void> {
  await database.query("delete from log_batches where stored_at < clock_timestamp() - interval '1 day'");
}
