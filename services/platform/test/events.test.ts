import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Aggregate, aggregateStore } from "../src/aggregate.ts";
import { type Database, withTransaction } from "../src/database.ts";
import { asCloudEvent, readStream, readTopic } from "../src/events.ts";
import { newId } from "../src/ids.ts";
import {
  applyNext,
  type Consumer,
  contiguousPosition,
  ensureCheckpoints,
  lookAtInbox,
  redrive,
  storeEvents,
} from "../src/inbox.ts";
import { assignPositions } from "../src/relay.ts";
import { testDatabase } from "./postgres.ts";

type Counted = { type: "Counted"; data: { by: number } };
const counter: Aggregate<{ total: number }, { by: number }, Counted> = {
  stream: "counter",
  topic: "product-events",
  initial: { total: 0 },
  decide: ({ by }) => (by === 0 ? [] : [{ type: "Counted", data: { by } }]),
  evolve: (state, event) => ({ total: state.total + event.data.by }),
};
const store = aggregateStore(counter);

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase());
  await database.query("create table totals (subject text primary key, total int not null)");
});
afterAll(() => drop());
beforeEach(() =>
  database.query(
    "truncate streams, events, topic_heads, inbox, checkpoints, parked, totals restart identity",
  ),
);

const count = (subject: string, by: number) =>
  withTransaction(database, (tx) => store.execute(tx, subject, { by }));
const published = async (): Promise<CloudEvent[]> => {
  await assignPositions(database, "product-events");
  const { items } = await readTopic(database, "product-events", 0, 500);
  return items.map((event) => asCloudEvent(event, "catalog"));
};
const totals: Consumer = {
  name: "totals",
  topics: ["product-events"],
  tables: ["totals"],
  async handle(tx, event) {
    const { by } = event.data as { by: number };
    if (by === 13) throw new Error("thirteen cannot be counted");
    await tx.query(
      "insert into totals values ($1, $2) on conflict (subject) do update set total = totals.total + excluded.total",
      [event.subject, by],
    );
  },
};
const drain = async () => {
  for (let outcome = ""; outcome !== "nothing"; )
    outcome = await applyNext(database, totals, "product-events");
};
const readTotals = async () =>
  (await database.query("select subject, total from totals order by subject")).rows;

test("commands that meet on one stream are queued, and the state is the fold of the events", async () => {
  const subject = newId();
  await Promise.all(Array.from({ length: 20 }, (_, index) => count(subject, index + 1)));
  const events = await readStream(database, "counter", subject);
  expect(events.map((event) => event.version)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect((await store.load(database, subject)).total).toBe(210);
});

test("positions are gapless although transactions roll back and commit out of order", async () => {
  const slow = await database.connect();
  await slow.query("begin");
  await store.execute(slow, "a", { by: 1 });
  await count("b", 2);
  await withTransaction(database, async (tx) => {
    await store.execute(tx, "c", { by: 3 });
    throw new Error("rolled back");
  }).catch(() => {});
  expect((await published()).map((event) => [event.subject, event.position])).toEqual([["b", 1]]);
  await slow.query("commit");
  slow.release();
  await Promise.all(Array.from({ length: 5 }, () => assignPositions(database, "product-events")));
  expect((await published()).map((event) => [event.subject, event.position])).toEqual([
    ["b", 1],
    ["a", 2],
  ]);
});

test("shuffled and repeated deliveries are applied once, in order", async () => {
  const seen = async () =>
    (await lookAtInbox(database, [totals])).map(({ hasNext, hasGap }) => ({ hasNext, hasGap }));
  for (const by of [1, 2, 3, 4, 5]) await count("a", by);
  const events = await published();
  await ensureCheckpoints(database, [totals]);
  await storeEvents(database, "product-events", [events[3], events[0], events[4]] as CloudEvent[]);
  await drain();
  expect(await readTotals()).toEqual([{ subject: "a", total: 1 }]);
  expect(await seen()).toEqual([{ hasNext: false, hasGap: true }]);
  expect(await contiguousPosition(database, "product-events", [totals])).toBe(1);
  await storeEvents(database, "product-events", [...events, ...events].reverse());
  expect(await seen()).toEqual([{ hasNext: true, hasGap: false }]);
  await Promise.all([drain(), drain()]);
  expect(await seen()).toEqual([{ hasNext: false, hasGap: false }]);
  await storeEvents(database, "product-events", events);
  await drain();
  expect(await readTotals()).toEqual([{ subject: "a", total: 15 }]);
});

test("an event that keeps failing is parked with what follows for its subject, and everything else goes on", async () => {
  for (const [subject, by] of [
    ["a", 1],
    ["a", 13],
    ["b", 2],
    ["a", 4],
  ] as const)
    await count(subject, by);
  await ensureCheckpoints(database, [totals]);
  await storeEvents(database, "product-events", await published());
  await drain();
  expect(await readTotals()).toEqual([
    { subject: "a", total: 1 },
    { subject: "b", total: 2 },
  ]);
  expect(await redrive(database, totals)).toEqual({ applied: 0, remaining: 2 });
  const { rows: reasons } = await database.query("select error from parked order by position");
  expect(reasons).toEqual([
    { error: "Error: thirteen cannot be counted" },
    { error: "An earlier event of this subject is parked." },
  ]);
  const mended: Consumer = {
    ...totals,
    handle: (tx, event) => totals.handle(tx, event.data.by === 13 ? { ...event, data: { by: 12 } } : event),
  };
  expect(await redrive(database, mended)).toEqual({ applied: 2, remaining: 0 });
  expect(await readTotals()).toEqual([
    { subject: "a", total: 17 },
    { subject: "b", total: 2 },
  ]);
});

test("a failure is not held against the next event when another instance was faster", async () => {
  await count("a", 1);
  await count("a", 2);
  await ensureCheckpoints(database, [totals]);
  await storeEvents(database, "product-events", await published());
  const slower: Consumer = { ...totals, handle: () => Promise.reject(new Error("no")) };
  let faster: Promise<unknown> | undefined;
  // Between the rollback and the note of the failure the other instance applies the event.
  const between = new Proxy(database, {
    get(target, name) {
      if (name !== "query") return Reflect.get(target, name, target);
      return async (text: string, values: unknown[]) => {
        faster = applyNext(database, totals, "product-events");
        await faster;
        return target.query(text, values);
      };
    },
  });
  expect(await applyNext(between, slower, "product-events")).toBe("failed");
  expect(await faster).toBe("applied");
  const { rows } = await database.query("select position, attempts from checkpoints");
  expect(rows).toEqual([{ position: 1, attempts: 0 }]);
});

test("an event whose handling always takes too long is parked, and a database that is away is nobody's fault", async () => {
  await count("a", 1);
  await count("b", 2);
  await ensureCheckpoints(database, [totals]);
  await storeEvents(database, "product-events", await published());
  const away: Consumer = {
    ...totals,
    handle: () => Promise.reject(Object.assign(new Error("shutting down"), { code: "57P01" })),
  };
  await expect(applyNext(database, away, "product-events")).rejects.toThrow("shutting down");
  expect((await database.query("select attempts from checkpoints")).rows).toEqual([{ attempts: 0 }]);
  const slow: Consumer = {
    ...totals,
    async handle(tx, event) {
      if (event.subject === "a") {
        await tx.query("set local statement_timeout = '20ms'");
        await tx.query("select pg_sleep(10)");
      }
      await totals.handle(tx, event);
    },
  };
  const reasons: unknown[] = [];
  for (let outcome = ""; outcome !== "nothing"; )
    outcome = await applyNext(database, slow, "product-events", {
      failed: (error) => reasons.push((error as Error).message),
      parked: (what) => reasons.push(what),
    });
  expect(reasons).toEqual([
    ...Array.from({ length: 5 }, () => "canceling statement due to statement timeout"),
    { subject: "a", position: 1, reason: "error: canceling statement due to statement timeout" },
  ]);
  expect(await readTotals()).toEqual([{ subject: "b", total: 2 }]);
});
