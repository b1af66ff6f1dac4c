import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ShopFailure } from "./failure.ts";
import { endAll, pidFiles, readPid } from "./pids.ts";
import { postgresHome } from "./runtime/postgres.ts";
import type { StateFolder } from "./state-folder.ts";

/** Makes this process the one that runs a shop from the state folder; returns how to give that up. */
export function claimStateFolder(state: StateFolder): () => void {
  const file = join(state.root, "npm-start.pid");
  const owner = readPid(file);
  if (owner && owner !== process.pid) {
    throw new ShopFailure(
      `A shop already runs from ${state.root} (process ${owner}).`,
      `Stop that one with Ctrl-C (or: kill ${owner}), or run a second one beside it: SOCKSHOP_STATE=.sockshop-2 SOCKSHOP_PORT_OFFSET=12000 npm start.`,
    );
  }
  writeFileSync(file, `${process.pid}\n`);
  return () => rmSync(file, { force: true });
}

/** Ends what an earlier start left behind (a hard kill gives it no chance to); returns the names of what it ended. */
export async function clearLeftovers(folder: string): Promise<string[]> {
  const keepers = pidFiles(folder, ".keeper.pid");
  const others = pidFiles(folder).filter((file) => !keepers.includes(file));
  const found = others.filter((file) => readPid(file)).map((file) => basename(file, ".pid"));
  // Those that start things again go first, or they would.
  await endAll([...keepers, ...others.filter((file) => basename(file) === "dapr-run.pid")], 0);
  const postgres = others.filter((file) => basename(file) === "postgres.pid");
  await endAll(
    others.filter((file) => !postgres.includes(file)),
    6000,
  );
  await endAll(postgres, 6000, "SIGINT");
  return found;
}

/** Puts the logs of the run before out of the way, so that a log speaks of one run only. */
export function setLogsAside(state: StateFolder): void {
  for (const file of readdirSync(state.logs).filter(
    (name) => name.endsWith(".log") && !name.endsWith(".previous.log"),
  )) {
    renameSync(join(state.logs, file), join(state.logs, file.replace(/\.log$/, ".previous.log")));
  }
}

/** Forgets all data and secrets; Dapr's programs stay. */
export function forgetEverything(state: StateFolder): void {
  const data = [
    join(postgresHome(state), "data"),
    state.redis,
    state.scheduler,
    state.sentry,
    state.prometheus,
    state.alertmanager,
    state.env,
    state.secretsFile,
  ];
  for (const path of data) rmSync(path, { recursive: true, force: true });
  const { redis, scheduler, sentry, prometheus, alertmanager, env } = state;
  for (const folder of [redis, scheduler, sentry, prometheus, alertmanager, env])
    mkdirSync(folder, { recursive: true });
}
