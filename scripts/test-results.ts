import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "./state-folder.ts";

/** Where each suite leaves its results, in vitest's JSON form. */
export const resultsFolder = join(repository, ".sockshop", "test-results");

/** Suites that a machine may be unable to run; what was missing is in the name of their one skipped test. */
const mayBeSkipped = new Set(["compose"]);

export type Totals = { passed: number; failed: number; skipped: number; lines: string[] };

/** Adds up the suites' result files; a suite that left none, or whose files did not all load, did not finish and counts as failed. */
export function readTotals(suites: string[]): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, lines: [] };
  for (const suite of suites) {
    const file = join(resultsFolder, `${suite}.json`);
    const result = existsSync(file)
      ? readResult(file)
      : { passed: 0, failed: 1, skipped: 0, note: " (did not finish)" };
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped += result.skipped;
    totals.lines.push(
      `${suite.padEnd(14)} ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped${result.note}`,
    );
  }
  return totals;
}

export const finishedSuites = () =>
  existsSync(resultsFolder) ? readdirSync(resultsFolder).map((file) => file.replace(/\.json$/, "")) : [];

function readResult(file: string) {
  const result = JSON.parse(readFileSync(file, "utf8")) as Record<string, number> & { success: boolean };
  const passed = result.numPassedTests ?? 0;
  const failed = result.numFailedTests ?? 0;
  const skipped = (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0);
  // A file that could not be loaded fails its suite without one failed test.
  if (!result.success && failed === 0)
    return { passed, failed: 1, skipped, note: " (a test file could not be run)" };
  if (passed + failed === 0 && !(skipped > 0 && mayBeSkipped.has(basename(file, ".json"))))
    return { passed, failed: 1, skipped, note: " (ran no test)" };
  return { passed, failed, skipped, note: "" };
}

// By itself it prints the one line that tools read, and ends with 1 unless everything ran and passed.
if (import.meta.main) {
  const { passed, failed, skipped } = readTotals(
    process.argv.length > 2 ? process.argv.slice(2) : finishedSuites(),
  );
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(passed > 0 && failed === 0 ? 0 : 1);
}
