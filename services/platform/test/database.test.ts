import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, withTransaction } from "../src/database.ts";
import { testDatabase } from "./postgres.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase());
  await database.query("create table notes (id int primary key)");
});
afterAll(() => drop());

test("a transaction that lost a statement's failure is not taken for committed", async () => {
  const work = withTransaction(database, async (tx) => {
    await tx.query("insert into notes values (1)");
    await tx.query("insert into notes values (1)").catch(() => {});
    return "done";
  });
  await expect(work).rejects.toThrow("rolled back");
  expect((await database.query("select * from notes")).rows).toEqual([]);
});
