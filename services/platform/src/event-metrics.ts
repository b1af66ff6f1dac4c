import type { Database } from "./database.ts";
import type { Metrics } from "./metrics.ts";
import { outboxLag } from "./relay.ts";

/** Counts at every scrape what waits for the broker, and what was parked and waits for people. */
export function measureEvents(database: Database, metrics: Metrics): void {
  collecting(metrics.outboxLag, async () => {
    for (const { topic, lag } of await outboxLag(database)) metrics.outboxLag.set({ topic }, lag);
  });
  collecting(metrics.databaseWaiting, async () => {
    // While a connection is free, or one more may be made, who waits does so for a moment only: the queries below too.
    const exhausted = database.idleCount === 0 && database.totalCount >= database.options.max;
    metrics.databaseWaiting.set(exhausted ? database.waitingCount : 0);
  });
  collecting(metrics.parked, async () => {
    const { rows } = await database.query<{ consumer: string; topic: string; count: number }>(
      "select consumer, topic, count(*) from parked group by consumer, topic",
    );
    // What was redriven is no longer among the rows.
    metrics.parked.reset();
    for (const { consumer, topic, count } of rows) metrics.parked.set({ consumer, topic }, count);
  });
}

/** While the database is away the last numbers stand. */
function collecting(gauge: object, collect: () => Promise<void>): void {
  (gauge as { collect: () => Promise<void> }).collect = () => collect().catch(() => {});
}
