import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Consumers, startConsumers } from "../src/consumers.ts";
import type { Database } from "../src/database.ts";
import { newId } from "../src/ids.ts";
import type { Consumer } from "../src/inbox.ts";
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
