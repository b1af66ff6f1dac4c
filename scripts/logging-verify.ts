import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPool } from "@sockshop/platform/database.ts";
import { verifyChain } from "../services/logging/src/verification.ts";
import { openStateFolder } from "./state-folder.ts";

/**
 * `npm run logging:verify`: walks the chain of the log store and names the first record that is not what was appended.
 * It reads the database itself, so that nobody is asked about himself; PostgreSQL must be running.
 */
const everyRecords = 100_000;

async function verify(): Promise<boolean> {
  const database = openPool(databaseUrl(), 1);
  try {
    let told = 0;
    const result = await verifyChain(database, (seq, of) => {
      if (seq - told < everyRecords) return;
      told = seq;
      console.log(`  … ${seq} of ${of}`);
    });
    if (!result.intact) {
      console.error(`The chain is broken at record ${result.seq}: ${result.reason}.`);
      return false;
    }
    const { records, dropped, head } = result;
    const before = dropped > 0 ? ` after ${dropped} that were dropped by age` : "";
    console.log(
      `The chain is whole: ${records} records${before}, up to record ${head.seq}, hash ${head.hash}.`,
    );
    return true;
  } finally {
    await database.end();
  }
}

function databaseUrl(): string {
  const file = join(openStateFolder(process.env).env, "logging.env");
  const url = existsSync(file) ? /^DATABASE_URL='(.*)'$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  if (!url) throw new Error("The shop has never been started here: run npm start first.");
  return url;
}

try {
  process.exit((await verify()) ? 0 : 1);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  console.error(
    code === "ECONNREFUSED" ? "PostgreSQL does not answer: is the shop running (npm start)?" : message,
  );
  process.exit(2);
}
