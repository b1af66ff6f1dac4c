import { type CloudEvent, eventsAfter } from "@sockshop/contracts/event.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Consumers, fillGap, startConsumers } from "../src/consumers.ts";
import type { Database } from "../src/database.ts";
import { newId } from "../src/ids.ts";
import {
  applyNext,
  type Consumer,
  contiguousPosition,
  ensureCheckpoints,
  pruneInbox,
  redrive,
  storeEvents,
} from "../src/inbox.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { unavailable } from "../src/problem.ts";
import { rebuildConsumer } from "../src/read-models.ts";
import type { Sidecar } from "../src/sidecar.ts";
import { eventually, testDatabase } from "./postgres.ts";

let database: Database;
let drop: () => Promise<void>;
let consumers: Consumers | undefined;
let sourceAway = false;
let source: CloudEvent[] = [];
beforeAll(async () => {
  ({ database, drop } = await testDatabase());
  await database.query(
    "create table seen (nr int generated always as identity, subject text not null, number int not null)",
  );
});
afterAll(() => drop());
beforeEach(async () => {
  sourceAway = false;
  source = Array.from({ length: 450 }, (_, index) => eventAt(index + 1));
  await database.query("truncate inbox, checkpoints, parked, seen restart identity");
});
afterEach(() => consumers?.stop());

const eventAt = (position: number): CloudEvent => ({
  specversion: "1.0",
  id: newId(),
  source: "catalog",
  type: "Numbered",
  subject: `s${position % 7}`,
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  position,
  data: { number: position },
});

/** The source's side of gap filling, without the way there. */
const sidecar = {
  async call(_app: string, _method: string, path: string) {
    if (sourceAway) throw unavailable("The catalog service");
    const query = new URL(path, "http://source").searchParams;
    const after = Number(query.get("after"));
    return { head: source.length, items: source.slice(after, after + Number(query.get("limit"))) };
  },
} as unknown as Sidecar;

const numbers: Consumer = {
  name: "numbers",
  topics: ["product-events"],
  tables: ["seen"],
  handle: async (tx, event) =>
    void (await tx.query("insert into seen (subject, number) values ($1, $2)", [
      event.subject,
      event.data.number,
    ])),
};
const start = () =>
  startConsumers({
    database,
    sidecar,
    log: createLog({ appId: "cart", logLevel: "silent" }),
    metrics: createMetrics("cart"),
    consumers: [numbers],
  });
const seen = async () =>
  (await database.query<{ number: number }>("select number from seen order by nr")).rows.map(
    (row) => row.number,
  );
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("a consumer that starts with nothing fetches the whole topic from its source, in order", async () => {
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 450);
  expect(await seen()).toEqual(upTo(450));
});

test("what the broker lost is fetched, and what it brings twice or shuffled changes nothing", async () => {
  sourceAway = true;
  source = source.slice(0, 10);
  consumers = await start();
  await consumers.receive("product-events", [source[4], source[0], source[9], source[1]] as CloudEvent[]);
  await eventually("the contiguous ones were applied", async () => (await seen()).length === 2);
  sourceAway = false;
  await eventually("the gap was filled", async () => (await seen()).length === 10, 15_000);
  await consumers.receive("product-events", [...source].reverse());
  await consumers.receive("product-events", [...source, eventAt(11)]);
  await eventually("the next one was applied", async () => (await seen()).length === 11);
  expect(await seen()).toEqual(upTo(11));
});

test("a gap is filled long before the source's head is asked for again", async () => {
  source = source.slice(0, 3);
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 3);
  source.push(eventAt(4), eventAt(5));
  await consumers.receive("product-events", source.slice(-1));
  await eventually("the gap was filled", async () => (await seen()).length === 5, 7_000);
  expect(await seen()).toEqual(upTo(5));
});

test("what another instance was brought and did not apply is applied here", async () => {
  source = source.slice(0, 3);
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 3);
  await storeEvents(database, "product-events", [eventAt(4)]);
  await eventually("the next one was applied", async () => (await seen()).length === 4, 7_000);
});

test("two instances that hear everything apply everything once", async () => {
  consumers = await start();
  const second = await start();
  await Promise.all([
    consumers.receive("product-events", source),
    second.receive("product-events", [...source].reverse()),
  ]);
  await eventually("all were applied", async () => (await seen()).length >= 450);
  await second.stop();
  expect(await seen()).toEqual(upTo(450));
});

test("a read model of another service's events is fetched and rebuilt while events still come", async () => {
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 450);
  await database.query("delete from seen where number % 3 = 0");
  const rebuilt = rebuildConsumer({ database, sidecar }, numbers);
  source.push(eventAt(451), eventAt(452));
  await consumers.receive("product-events", source.slice(-2));
  expect(await rebuilt).toBeGreaterThanOrEqual(450);
  await eventually("the newest were applied", async () => (await seen()).length === 452);
  expect((await seen()).sort((a, b) => a - b)).toEqual(upTo(452));
});

test("a consumer that is gone from the code holds back neither the inbox nor what is fetched", async () => {
  await database.query(
    "insert into checkpoints (consumer, source, topic, position) values ('gone', 'catalog', 'product-events', 3)",
  );
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 450);
  expect(await contiguousPosition(database, "product-events", [numbers])).toBe(450);
  await pruneInbox(database, "product-events", [numbers]);
  expect((await database.query("select 1 from inbox")).rowCount).toBe(0);
});

test("a rebuild that had to step back from a reader misses nothing that came meanwhile", async () => {
  consumers = await start();
  await eventually("all were applied", async () => (await seen()).length === 450);
  await consumers.stop();
  let asked = 0;
  const reader = await database.connect();
  const whileRead = {
    async call(app: string, method: string, path: string) {
      // During the first pass an event is applied, and somebody reads the table that is to be swapped.
      if (++asked === 1) {
        source.push(eventAt(451));
        await storeEvents(database, "product-events", source.slice(-1));
        await applyNext(database, numbers, "product-events");
        await reader.query("begin");
        await reader.query("select * from seen");
        setTimeout(() => void reader.query("commit"), 600);
      }
      return sidecar.call(app, method, path, eventsAfter);
    },
  } as unknown as Sidecar;
  await rebuildConsumer({ database, sidecar: whileRead }, numbers);
  reader.release();
  expect(await seen()).toEqual(upTo(451));
});

test("what a redrive applies during a rebuild is in the new tables, and what stays parked is not", async () => {
  const lost = new Set([3, 10, 20]);
  const choosy: Consumer = {
    ...numbers,
    async handle(tx, event) {
      if (lost.has(event.position)) throw new Error("not yet");
      await numbers.handle(tx, event);
    },
  };
  await ensureCheckpoints(database, [choosy]);
  await storeEvents(database, "product-events", source);
  while ((await applyNext(database, choosy, "product-events")) !== "nothing");
  const before = (await seen()).length;
  lost.delete(3);
  lost.delete(10);
  let asked = 0;
  const whileRedriven = {
    async call(app: string, method: string, path: string) {
      if (++asked === 1) await redrive(database, choosy);
      return sidecar.call(app, method, path, eventsAfter);
    },
  } as unknown as Sidecar;
  await rebuildConsumer({ database, sidecar: whileRedriven }, choosy);
  const applied = (await seen()).sort((a, b) => a - b);
  expect(applied.length).toBeGreaterThan(before);
  expect(applied).toEqual(upTo(450).filter((number) => number < 20 || number % 7 !== 20 % 7));
  const bySubject = (
    await database.query<{ subject: string; number: number }>("select * from seen order by nr")
  ).rows;
  for (const subject of ["s3", "s1"]) {
    const order = bySubject.filter((row) => row.subject === subject).map(({ number }) => number);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
  lost.clear();
  await redrive(database, choosy);
  expect((await seen()).sort((a, b) => a - b)).toEqual(upTo(450));
});

test("one rebuild of a read model at a time: a second is refused, and changes nothing", async () => {
  await ensureCheckpoints(database, [numbers]);
  await storeEvents(database, "product-events", source);
  while ((await applyNext(database, numbers, "product-events")) !== "nothing");
  let second: Promise<unknown> | undefined;
  const whileAsked = {
    async call(app: string, method: string, path: string) {
      second ??= rebuildConsumer({ database, sidecar }, numbers).catch((error: Error) => error);
      await second;
      return sidecar.call(app, method, path, eventsAfter);
    },
  } as unknown as Sidecar;
  await rebuildConsumer({ database, sidecar: whileAsked }, numbers);
  expect(await second).toMatchObject({ status: 409, type: "being-rebuilt" });
  expect(await seen()).toEqual(upTo(450));
  await rebuildConsumer({ database, sidecar }, numbers);
  expect(await seen()).toEqual(upTo(450));
});

test("a rebuild whose tables were taken away fails, and leaves those that serve alone", async () => {
  await ensureCheckpoints(database, [numbers]);
  await storeEvents(database, "product-events", source);
  while ((await applyNext(database, numbers, "product-events")) !== "nothing");
  let taken: Promise<unknown> | undefined;
  const robbed = {
    async call(app: string, method: string, path: string) {
      taken ??= takeTables();
      await eventually("the thief stands in line for the tables", isThiefWaiting);
      return sidecar.call(app, method, path, eventsAfter);
    },
  } as unknown as Sidecar;
  async function takeTables() {
    const { rows } = await database.query<{ name: string }>(
      "select nspname as name from pg_namespace where nspname like 'rebuild%'",
    );
    const schema = `"${rows[0]?.name}"`;
    // What every pass of a rebuild locks first: so the thief is next, and neither waits for the other crosswise.
    await database.query(
      `begin; lock table ${schema}.rebuild_progress; drop schema ${schema} cascade; commit`,
    );
  }
  async function isThiefWaiting() {
    const { rowCount } = await database.query(
      "select from pg_stat_activity where datname = current_database() and query like 'begin; lock table %' and wait_event_type = 'Lock'",
    );
    return rowCount !== 0;
  }
  await expect(rebuildConsumer({ database, sidecar: robbed }, numbers)).rejects.toThrow(/does not exist/);
  await taken;
  expect(await seen()).toEqual(upTo(450));
});

test("what is heard of and not applied counts as lag, and a source that went back in time is told of", async () => {
  const said: string[] = [];
  const log = createLog({ appId: "cart", logLevel: "error" }, { write: (line) => void said.push(line) });
  const metrics = createMetrics("cart");
  source = source.slice(0, 10);
  await database.query(
    "insert into checkpoints (consumer, source, topic, position) values ('numbers', 'catalog', 'product-events', 4)",
  );
  const parts = { database, sidecar, log, metrics, consumers: [numbers] };
  await fillGap(parts, "product-events");
  await fillGap(parts, "product-events");
  expect((await metrics.inboxLag.get()).values).toMatchObject([{ value: 6 }]);
  expect(said).toEqual([]);
  source = source.slice(0, 3);
  await fillGap(parts, "product-events");
  expect(said.join()).toContain("went back in time");
});

test("a source that lost events is told of, and is not asked without end", async () => {
  const said: string[] = [];
  const log = createLog({ appId: "cart", logLevel: "error" }, { write: (line) => void said.push(line) });
  source = source.slice(5);
  const holed = {
    call: async () => ({ head: 450, items: source.slice(0, 200) }),
  } as unknown as Sidecar;
  await fillGap(
    { database, sidecar: holed, log, metrics: createMetrics("cart"), consumers: [numbers] },
    "product-events",
  );
  expect(said.join()).toContain("lost events");
});
