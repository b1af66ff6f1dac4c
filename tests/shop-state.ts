import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { containerPid, keptServices } from "./compose/containers.ts";
import { eventually } from "./shopper.ts";

/** What one service was told by its environment, as `npm start` wrote it down. */
export function setting(app: string, name: string): string {
  const file = readFileSync(join(inject("shop").stateDir, "env", `${app}.env`), "utf8");
  const value = new RegExp(`^${name}='(.*)'$`, "m").exec(file)?.[1];
  if (value === undefined) throw new Error(`${app} was given no ${name}`);
  return value;
}

/** Runs one statement in a service's own database, behind its back. */
export const inDatabase = <Row extends pg.QueryResultRow>(
  app: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> => query(setting(app, "DATABASE_URL"), sql, values);

/** The same in the payment provider's own books, as an auditor would. */
export const inProviderDatabase = <Row extends pg.QueryResultRow>(
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> => query(setting("payment", "PROVIDER_DATABASE_URL"), sql, values);

async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed tells so by an event, too.
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export const apps = ["gateway", "catalog", "cart", "order", "payment", "rating", "logging", "monitoring"];

/** Whether every consumer of every service stands at its source's head. */
export async function converged(): Promise<boolean> {
  const [heads, places] = await Promise.all([
    inEveryDatabase<{ topic: string; head: string; waiting: string }>(
      `select topic, head, (select count(*) from events e where e.topic = h.topic and position is null) as waiting
       from topic_heads h`,
    ),
    inEveryDatabase<{ topic: string; position: string }>("select topic, position from checkpoints"),
  ]);
  const headOf = new Map(heads.map(({ topic, head }) => [topic, Number(head)]));
  return (
    heads.every(({ waiting }) => Number(waiting) === 0) &&
    places.every(({ topic, position }) => Number(position) === (headOf.get(topic) ?? 0))
  );
}

const inEveryDatabase = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> =>
  (await Promise.all(apps.map((app) => inDatabase<Row>(app, sql)))).flat();

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

/** The process id of a part of the shop: a service, `<service>-sidecar`, placement, scheduler, redis, postgres; throws where it does not run. */
export function pidOf(name: string): number {
  const { containers, stateDir } = inject("shop");
  const pid = containers
    ? containerPid(containers, name)
    : Number(readFileSync(join(stateDir, "pids", `${name}.pid`), "utf8"));
  // A signal to process 0 would go to the tests themselves.
  if (!(pid > 0)) throw new Error(`${name} does not run`);
  return pid;
}

/** The names of a part's instances: two in containers that were brought up twice, or else one. */
export function instancesOf(name: string): string[] {
  const { containers } = inject("shop");
  if (!containers) return [name];
  return keptServices(containers).filter((service) => service === name || service === `${name}-2`);
}

/** Ends a process at once, as a crash would, and waits until another stands in its place. */
export async function killAndWait(name: string, timeoutMs = 15_000): Promise<void> {
  const before = pidOf(name);
  process.kill(before, "SIGKILL");
  await eventually(
    `${name} was started again`,
    async () => {
      const now = pidOf(name);
      return now !== before && process.kill(now, 0);
    },
    timeoutMs,
  );
}

/** Whether an app's sidecar says that it is up. */
export async function sidecarServes(app: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${setting(app, "DAPR_HTTP_PORT")}/v1.0/healthz`);
  return response.ok;
}
