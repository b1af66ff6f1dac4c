import type { Topic } from "@sockshop/contracts/topics.ts";
import { type Database, withTransaction } from "./database.ts";
import { publishTraced } from "./event-spans.ts";
import { asCloudEvent, readTopic } from "./events.ts";
import type { Log } from "./log.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Notifications } from "./notifications.ts";
import type { Sidecar } from "./sidecar.ts";

const batchSize = 100;

/**
 * Hands out positions and publishes in their order, at least once. Positions never wait for the broker, so that gap filling
 * sees new events while Redis is away.
 */
export function startRelay(parts: {
  database: Database;
  sidecar: Sidecar;
  notifications: Notifications;
  log: Log;
  source: string;
  topics: readonly Topic[];
}): Loop {
  const { database, sidecar, notifications, log, source, topics } = parts;
  const numbering = startLoop({ name: "outbox positions", everyMs: 2_000, log }, async () => {
    for (const topic of await withoutPositions(database, topics))
      while ((await assignPositions(database, topic)) === batchSize);
    publishing.wake();
  });
  const publishing = startLoop({ name: "outbox relay", everyMs: 2_000, log }, async () => {
    for (let moved = true; moved; ) {
      moved = false;
      for (const waiting of await unpublished(database, topics))
        moved = (await publishNext(database, sidecar, source, waiting)) || moved;
    }
  });
  const unsubscribe = notifications.subscribe("events", () => numbering.wake());
  return {
    wake: numbering.wake,
    async stop() {
      unsubscribe();
      await Promise.all([numbering.stop(), publishing.stop()]);
    },
  };
}

/** Which of these topics have events to be numbered. */
async function withoutPositions(database: Database, topics: readonly Topic[]): Promise<Topic[]> {
  const { rows } = await database.query<{ topic: Topic }>(
    `select topic from unnest($1::text[]) topic
     where exists (select from events where events.topic = topic.topic and position is null)`,
    [topics],
  );
  return rows.map(({ topic }) => topic);
}

/** Numbers committed events of a topic under the lock of its head row; resolves with how many. */
export async function assignPositions(database: Database, topic: string): Promise<number> {
  return withTransaction(database, async (tx) => {
    await tx.query("insert into topic_heads (topic) values ($1) on conflict do nothing", [topic]);
    await tx.query("select 1 from topic_heads where topic = $1 for update", [topic]);
    // A statement of its own after the lock: its snapshot must see what the lock's former holder committed.
    const { rowCount } = await tx.query(
      `with numbered as (
         select seq, (select head from topic_heads where topic = $1) + row_number() over (order by seq) as position
         from (select seq from events where topic = $1 and position is null order by seq limit $2) waiting
       )
       update events set position = numbered.position from numbered where events.seq = numbered.seq`,
      [topic, batchSize],
    );
    if (rowCount)
      await tx.query("update topic_heads set head = head + $2 where topic = $1", [topic, rowCount]);
    return rowCount ?? 0;
  });
}

type Unpublished = { topic: Topic; published: number };

async function unpublished(database: Database, topics: readonly Topic[]): Promise<Unpublished[]> {
  const { rows } = await database.query<Unpublished>(
    "select topic, published from topic_heads where topic = any($1) and published < head",
    [topics],
  );
  return rows;
}

/** Resolves with whether there was anything to publish. */
async function publishNext(
  database: Database,
  sidecar: Sidecar,
  source: string,
  { topic, published }: Unpublished,
): Promise<boolean> {
  const { items } = await readTopic(database, topic, published, batchSize);
  const last = items.at(-1)?.position;
  if (!last) return false;
  await publishTraced(topic, items, () =>
    sidecar.publish(
      topic,
      items.map((event) => asCloudEvent(event, source)),
    ),
  );
  // Unless it was moved meanwhile: by another instance, which went as far, or back to 0 by a replay, which must not be undone.
  await database.query("update topic_heads set published = $3 where topic = $1 and published = $2", [
    topic,
    published,
    last,
  ]);
  return true;
}

/** Events that have a position and were not taken by the broker yet, by topic. */
export async function outboxLag(database: Database): Promise<{ topic: string; lag: number }[]> {
  const { rows } = await database.query<{ topic: string; lag: number }>(
    "select topic, head - published as lag from topic_heads",
  );
  return rows;
}
