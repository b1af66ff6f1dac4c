import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aggregate, aggregateStore, type Projection } from "../src/aggregate.ts";
import { type Database, withTransaction } from "../src/database.ts";
import { newId } from "../src/ids.ts";
import { rebuildProjection } from "../src/read-models.ts";
import { testDatabase } from "./postgres.ts";

type Counted = { type: "Counted"; data: { by: number } };
const counter: Aggregate<{ total: number }, { by: number }, Counted> = {
  stream: "counter",
  topic: "product-events",
  initial: { total: 0 },
  decide: ({ by }) => [{ type: "Counted", data: { by } }],
  evolve: (state, event) => ({ total: state.total + event.data.by }),
};
const sums: Projection<Counted> = {
  name: "sums",
  tables: ["sums"],
  project: async (tx, event) => {
    await tx.query(
      "insert into sums (subject, total) values ($1, $2) on conflict (subject) do update set total = sums.total + excluded.total",
      [event.subject, event.data.by],
    );
  },
};
const store = aggregateStore(counter, [sums]);
const readModel = { stream: "counter", projection: sums as unknown as Projection };

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase());
  await database.query("create table sums (subject text primary key, total int not null check (total >= 0))");
});
afterAll(() => drop());

const count = (subject: string, by: number) =>
  withTransaction(database, (tx) => store.execute(tx, subject, { by }));
const rows = async () => (await database.query("select subject, total from sums order by subject")).rows;

test("a read model whose rows were lost is rebuilt to what it was", async () => {
  const subjects = Array.from({ length: 5 }, newId);
  for (let round = 1; round <= 3; round++) for (const subject of subjects) await count(subject, round);
  const before = await rows();
  await database.query("delete from sums");
  expect(await rebuildProjection(database, readModel)).toBe(15);
  expect(await rows()).toEqual(before);
});

test("commands go on during a rebuild, and none of their events is missing or counted twice afterwards", async () => {
  const subjects = Array.from({ length: 4 }, newId);
  const rounds = 5;
  let round = 0;
  const sent = new Map<string, number>();
  const writers = subjects.map(async (subject) => {
    while (round < rounds) {
      // Each rebuild reads all that came during the ones before; without a bound a slow machine falls ever further back.
      if ((sent.get(subject) ?? 0) >= 100 * (round + 1)) {
        await pause(5);
        continue;
      }
      await count(subject, 1);
      sent.set(subject, (sent.get(subject) ?? 0) + 1);
    }
  });
  try {
    for (; round < rounds; round++) await rebuildProjection(database, readModel);
  } finally {
    round = rounds;
    await Promise.all(writers);
  }
  const totals = new Map((await rows()).map((row) => [row.subject, row.total]));
  for (const [subject, total] of sent) expect(totals.get(subject)).toBe(total);
});

test("a projection that fails leaves the old read model in place", async () => {
  const before = await rows();
  const broken: Projection = {
    ...readModel.projection,
    project: () => Promise.reject(new Error("cannot be projected")),
  };
  await expect(rebuildProjection(database, { stream: "counter", projection: broken })).rejects.toThrow(
    "cannot be projected",
  );
  expect(await rows()).toEqual(before);
});
