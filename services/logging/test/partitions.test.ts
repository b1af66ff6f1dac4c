import { afterEach, beforeEach, expect, test } from "vitest";
import { listErrorCounts } from "../src/counts.ts";
import { dropPartitionsBefore, makePartitionsAhead, partitionsWithin } from "../src/partitions.ts";
import { projections, rebuildProjection } from "../src/projections.ts";
import { searchLogs } from "../src/search.ts";
import { verifyChain } from "../src/verification.ts";
import { countAll, logOf, openStore, storeLogs } from "./store.ts";

type Store = Awaited<ReturnType<typeof openStore>>;
let store: Store;
beforeEach(async () => {
  store = await openStore();
  await store.database.query("update chain_head set partition_size = 10");
});
afterEach(() => store.drop());

const errors = (count: number) =>
  Array.from({ length: count }, (_, nr) => logOf(`error ${nr}`, { level: "error" }));
const partitionsOf = async () =>
  (
    await store.database.query<{ name: string; rows: number }>(
      `select c.relname as name, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || c.relname, false, true, '')))[1]::text::int as rows
       from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'records'::regclass order by 1`,
    )
  ).rows.map(({ name, rows }) => `${name}: ${rows}`);
const later = new Date(Date.now() + 86_400_000);

test("partitions follow the order of appending and are made ahead", async () => {
  await makePartitionsAhead(store.database);
  await storeLogs(store.database, "cart", errors(25));
  expect(await partitionsOf()).toEqual(["records_000000: 10", "records_000001: 10", "records_000002: 5"]);
  await makePartitionsAhead(store.database);
  expect((await partitionsOf()).slice(3)).toEqual(["records_000003: 0", "records_000004: 0"]);
});

test("an append makes the partitions that nobody made ahead", async () => {
  await storeLogs(store.database, "cart", errors(35));
  expect(await partitionsOf()).toHaveLength(4);
});

test("age takes whole full partitions only, and each leaves an anchor over which the chain is walked", async () => {
  await storeLogs(store.database, "cart", errors(25));
  await countAll(store.database);
  const { rows: before } = await store.database.query(
    "select encode(hash, 'hex') as hash from records where seq in (1, 10, 11, 20) order by seq",
  );
  expect(await dropPartitionsBefore(store.database, new Date(0))).toBe(0);
  expect(await dropPartitionsBefore(store.database, later)).toBe(2);
  expect(await partitionsOf()).toEqual(["records_000002: 5"]);
  const { rows: anchors } = await store.database.query(
    "select first_seq, last_seq, encode(first_hash, 'hex') as first, encode(last_hash, 'hex') as last, count from anchors order by 1",
  );
  const [a, b, c, d] = before.map(({ hash }) => hash);
  expect(anchors).toEqual([
    { first_seq: 1, last_seq: 10, first: a, last: b, count: 10 },
    { first_seq: 11, last_seq: 20, first: c, last: d, count: 10 },
  ]);
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 5, dropped: 20 });
  await storeLogs(store.database, "cart", errors(10));
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 15, head: { seq: 35 } });
  expect((await searchLogs(store.database, { limit: 100 })).items.at(-1)?.id).toBe(21);
});

test("behind an anchor a changed record is found all the same, and so is a changed anchor", async () => {
  await storeLogs(store.database, "cart", errors(25));
  await countAll(store.database);
  await dropPartitionsBefore(store.database, later);
  await store.database.query(
    "update anchors set last_hash = set_byte(last_hash, 31, get_byte(last_hash, 31) # 1) where last_seq = 20",
  );
  expect(await verifyChain(store.database)).toMatchObject({ intact: false, seq: 21 });
});

test("nothing is dropped that a projection has not counted, and what is dropped is counted no more", async () => {
  await storeLogs(store.database, "cart", errors(25));
  expect(await dropPartitionsBefore(store.database, later)).toBe(0);
  await countAll(store.database);
  await dropPartitionsBefore(store.database, later);
  const counts = await listErrorCounts(store.database, {});
  expect(counts.items.map(({ errors }) => errors)).toEqual([5]);
  for (const projection of projections) expect(await rebuildProjection(store.database, projection)).toBe(5);
  expect(await listErrorCounts(store.database, {})).toEqual(counts);
});

test("a search pages across partitions, and looks into those of its period only", async () => {
  const day = (nr: number) => `2026-03-${String(nr + 1).padStart(2, "0")}T10:00:00.000Z`;
  await storeLogs(
    store.database,
    "cart",
    Array.from({ length: 28 }, (_, nr) => logOf(`nr ${nr}`, { time: day(nr) })),
  );
  const ids: number[] = [];
  for (let cursor: number | undefined; cursor !== 0; ) {
    const { items, nextCursor } = await searchLogs(store.database, { limit: 6, cursor });
    ids.push(...items.map(({ id }) => id));
    cursor = Number(nextCursor ?? 0);
  }
  expect(ids).toEqual(Array.from({ length: 28 }, (_, nr) => 28 - nr));
  const found = await searchLogs(store.database, { limit: 100, from: day(8), to: day(11) });
  expect(found.items.map(({ message }) => message)).toEqual(["nr 11", "nr 10", "nr 9", "nr 8"]);
  const within = await partitionsWithin(store.database, { from: day(11), to: day(15) });
  expect(within).toEqual([{ first: 11, last: 20 }]);
  expect(await partitionsWithin(store.database, { after: 15, before: 21 })).toEqual([
    { first: 16, last: 20 },
  ]);
});

test("two instances that drop at the same time leave one anchor for each partition", async () => {
  await storeLogs(store.database, "cart", errors(45));
  await countAll(store.database);
  await Promise.all([
    dropPartitionsBefore(store.database, later),
    dropPartitionsBefore(store.database, later),
  ]);
  expect(await verifyChain(store.database)).toMatchObject({ intact: true, records: 5, dropped: 40 });
});
