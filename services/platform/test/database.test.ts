import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersWithin, type Database, openPool, withTransaction } from "../src/database.ts";
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

test("a database all of whose connections are at work does not answer in time, and does again", async () => {
  expect(await answersWithin(database, 5_000)).toBe(true);
  const taken = await Promise.all(Array.from({ length: 10 }, () => database.connect()));
  expect(await answersWithin(database, 200)).toBe(false);
  for (const client of taken) client.release();
  expect(await answersWithin(database, 5_000)).toBe(true);
});

test("a server that keeps connections and says nothing does not answer in time", async () => {
  const held = new Set<Socket>();
  let over = false;
  const silent = createServer((socket) => (over ? socket.destroy() : held.add(socket))).listen(
    0,
    "127.0.0.1",
  );
  await once(silent, "listening");
  const pool = openPool(`postgres://nobody@127.0.0.1:${(silent.address() as AddressInfo).port}/none`);
  const began = performance.now();
  expect(await answersWithin(pool, 300)).toBe(false);
  // The pool itself would wait for 40 s.
  expect(performance.now() - began).toBeLessThan(15_000);
  over = true;
  for (const socket of held) socket.destroy();
  await pool.end();
  silent.close();
});
