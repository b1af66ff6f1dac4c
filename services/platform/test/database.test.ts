import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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

test("a migration may take longer than any statement of a request", async () => {
  const folder = mkdtempSync(join(tmpdir(), "migrations-"));
  writeFileSync(
    join(folder, "0001_slow.sql"),
    "create table allowed as select current_setting('statement_timeout') as time",
  );
  const { database, drop } = await testDatabase(pathToFileURL(`${folder}/`));
  expect((await database.query("select time from allowed")).rows).toEqual([{ time: "0" }]);
  expect((await database.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "30s" }]);
  await drop();
  rmSync(folder, { recursive: true });
});
