import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../state-folder.ts";

const docs = join(repository, "docs");
const page = readFileSync(join(docs, "threat-model.md"), "utf8");
/** A test is named by its whole name, linked to its file. */
const tests = /\["([^"]+)"\]\(([^)]+\.test\.ts)\)/g;
const rows = page.split("\n").filter((line) => line.startsWith("| **"));

test("every test that the threat model names exists in the file that it names", () => {
  const named = [...page.matchAll(tests)];
  expect(named.length).toBeGreaterThan(40);
  for (const [, name, path] of named) {
    const file = join(docs, path ?? "");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    expect([path, name, text.includes(`test("${name}"`)]).toEqual([path, name, true]);
  }
});

test("each of OWASP's ten risks has a row, and every row names a test", () => {
  for (let number = 1; number <= 10; number++)
    expect(rows.filter((row) => row.startsWith(`| **API${number}**`))).toHaveLength(1);
  for (const row of rows) expect([row.slice(0, 40), row.search(tests) > 0]).toEqual([row.slice(0, 40), true]);
});
