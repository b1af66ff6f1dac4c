import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aggregate, aggregateStore } from "../src/aggregate.ts";
import { type Database, withTransaction } from "../src/database.ts";
import { measureEvents } from "../src/event-metrics.ts";
import { newId } from "../src/ids.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { listenToDatabase } from "../src/notifications.ts";
import { assignPositions, startRelay } from "../src/relay.ts";
import type { Sidecar } from "../src/sidecar.ts";
import { eventually, testDatabase } from "./postgres.ts";

type Counted = { type: "Counted"; data: { by: number } };
const counter: Aggregate<number, number, Counted> = {
  stream: "counter",
  topic: "product-events",
  initial: 0,
  decide: (by) => [{ type: "Counted", data: { by } }],
  evolve: (total, { data }) => total + data.by,
};
const store = aggregateStore(counter);
const log = createLog({ appId: "catalog", logLevel: "silent" });

let database: Database;
let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, url, drop } = await testDatabase());
});
afterAll(() => drop());

test("a replay that is asked for while the relay publishes is not forgotten", async () => {
  for (let by = 1; by <= 3; by++) await withTransaction(database, (tx) => store.execute(tx, newId(), by));
  const published: number[][] = [];
  const sidecar = {
    async publish(_topic: string, events: CloudEvent[]) {
      published.push(events.map(({ position }) => position));
      if (published.length === 1) await database.query("update topic_heads set published = 0");
    },
  } as unknown as Sidecar;
  // The relay had come this far before.
  await database.query("insert into topic_heads (topic, head, published) values ('product-events', 0, 0)");
  await assignPositions(database, "product-events");
  await database.query("update topic_heads set published = 2");
  const notifications = listenToDatabase(url, log);
  const relay = startRelay({
    database,
    sidecar,
    notifications,
    log,
    source: "catalog",
    topics: ["product-events"],
  });
  await eventually("it published", () => published.length >= 1);
  await relay.stop();
  await notifications.stop();
  expect(published).toEqual([[3], [1, 2, 3]]);
});

test("what was parked is counted until it is redriven", async () => {
  const metrics = createMetrics("cart");
  measureEvents(database, metrics);
  await database.query(
    `insert into parked (consumer, source, topic, position, subject, event, error)
     values ('carts', 'catalog', 'product-events', 7, 's', '{}', 'no')`,
  );
  expect((await metrics.parked.get()).values).toMatchObject([
    { value: 1, labels: { consumer: "carts", topic: "product-events" } },
  ]);
  await database.query("delete from parked");
  expect((await metrics.parked.get()).values).toEqual([]);
});
