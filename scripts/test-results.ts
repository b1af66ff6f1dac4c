import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { repository } from "./state-folder.ts";

/** Where each suite leaves its results, in vitest's JSON form. */
export const resultsFolder = join(repository, ".sockshop", "test-results");

/** Suites that a machine may be unable to run; what was missing is in the name of their one skipped test. */
const mayBeSkipped = new Set(["compose"]);

export type Totals = { passed: number; failed: number; skipped: number; lines: string[]; failures: string[] };

/** What is read of vitest's JSON results. A file that could not be loaded has a message and no test that failed. */
type VitestResult = {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
};

/** Adds up the suites' result files; a suite that left none, or whose files did not all load, did not finish and counts as failed. */
export function readTotals(suites: string[]): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, lines: [], failures: [] };
  for (const suite of suites) {
    const file = join(resultsFolder, `${suite}.json`);
    const result = existsSync(file)
      ? readResult(file)
      : { passed: 0, failed: 1, skipped: 0, note: " (did not finish)", failures: [] };
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped += result.skipped;
    totals.lines.push(
      `${suite.padEnd(14)} ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped${result.note}`,
    );
    totals.failures.push(...result.failures.map((failure) => `${suite}: ${failure}`));
  }
  return totals;
}

export const finishedSuites = () =>
  existsSync(resultsFolder) ? readdirSync(resultsFolder).map((file) => file.replace(/\.json$/, "")) : [];

function readResult(file: string) {
  const result = JSON.parse(readFileSync(file, "utf8")) as VitestResult;
  const passed = result.numPassedTests;
  const failed = result.numFailedTests;
  const skipped = result.numPendingTests + result.numTodoTests;
  const failures = result.testResults.flatMap(failuresOf);
  // A file that could not be loaded fails its suite without one failed test.
  if (!result.success && failed === 0)
    return { passed, failed: 1, skipped, note: " (a test file could not be run)", failures };
  if (passed + failed === 0 && !(skipped > 0 && mayBeSkipped.has(basename(file, ".json"))))
    return { passed, failed: 1, skipped, note: " (ran no test)", failures };
  return { passed, failed, skipped, note: "", failures };
}

/** Each failed test of a file by its name, with what it said; where a log is cut, this is at its end. */
function failuresOf({ name, status, message, assertionResults }: VitestResult["testResults"][number]) {
  const file = relative(repository, name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${file}\n${message}`] : [];
  const ownLines = (text: string) => text.split("\n").filter((line) => !line.includes("node_modules/"));
  return failed.map((test) =>
    [`${file} > ${test.fullName}`, ...test.failureMessages.flatMap(ownLines)].join("\n"),
  );
}

// By itself it prints each suite, what failed, and last the one line that tools read, and ends with 1 unless everything ran and passed.
if (import.meta.main) {
  const { passed, failed, skipped, lines, failures } = readTotals(
    process.argv.length > 2 ? process.argv.slice(2) : finishedSuites(),
  );
  for (const line of lines) console.log(line);
  for (const failure of failures) console.log(`\nFAILED ${failure}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(passed > 0 && failed === 0 ? 0 : 1);
}
