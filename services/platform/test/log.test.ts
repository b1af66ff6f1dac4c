import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../src/database.ts";
import { createLog } from "../src/log.ts";
import { testDatabase } from "./postgres.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase());
  await database.query("create table people (email text primary key, age int not null)");
});
afterAll(() => drop());

const logged = (error: unknown): string => {
  const lines: string[] = [];
  createLog({ appId: "order", logLevel: "info" }, { write: (line: string) => void lines.push(line) }).error(
    { err: error },
    "request failed",
  );
  return lines.join();
};

test("the database's errors are logged without the rows that they quote", async () => {
  const insert = (age: number | null) =>
    database.query("insert into people values ('ada@example.org', $1)", [age]).catch((error) => error);
  const [incomplete, , taken] = [await insert(null), await insert(36), await insert(36)];
  for (const error of [incomplete, taken]) {
    expect(JSON.stringify(error)).toContain("ada@example.org");
    expect(logged(error)).not.toContain("ada@example.org");
    expect(logged(error)).toMatch(/"code":"23\d+"/);
  }
});

test("an error keeps its name, message, stack and cause in the log", () => {
  const line = logged(new TypeError("no such thing", { cause: new Error("the reason") }));
  for (const kept of ["TypeError", "no such thing", "log.test.ts", "the reason"])
    expect(line).toContain(kept);
});
