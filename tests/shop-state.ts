import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { eventually } from "./shopper.ts";

/** What one service was told by its environment, as `npm start` wrote it down. */
export function setting(app: string, name: string): string {
  const file = readFileSync(join(inject("shop").stateDir, "env", `${app}.env`), "utf8");
  const value = new RegExp(`^${name}='(.*)'$`, "m").exec(file)?.[1];
  if (value === undefined) throw new Error(`${app} was given no ${name}`);
  return value;
}

/** Runs one statement in a service's own database, behind its back. */
export async function inDatabase<Row extends pg.QueryResultRow>(
  app: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: setting(app, "DATABASE_URL") });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Calls an app through another app's sidecar, with that sidecar's own token unless told otherwise. */
export function invokeAs(
  caller: string,
  target: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const address = `http://127.0.0.1:${setting(caller, "DAPR_HTTP_PORT")}/v1.0/invoke/${target}/method${path}`;
  return fetch(address, {
    ...init,
    headers: {
      "dapr-api-token": setting(caller, "DAPR_API_TOKEN"),
      "content-type": "application/json",
      ...(init.headers as Record<string, string>),
    },
  });
}

/** The process id of a part of the shop: a service, `<service>-sidecar`, placement, scheduler, redis, postgres. */
export const pidOf = (name: string): number =>
  Number(readFileSync(join(inject("shop").stateDir, "pids", `${name}.pid`), "utf8"));

/** Ends a process at once, as a crash would, and waits until another stands in its place. */
export async function killAndWait(name: string): Promise<void> {
  const before = pidOf(name);
  process.kill(before, "SIGKILL");
  await eventually(
    `${name} was started again`,
    async () => pidOf(name) !== before && process.kill(pidOf(name), 0),
    15_000,
  );
}
