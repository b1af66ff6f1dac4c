import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Topology } from "../topology.ts";
import type { Secrets } from "./secrets.ts";

/** What has a database of its own: every service, the workflow engine, and the test payment provider. */
export function databaseOwners(topology: Topology): { owner: string; database: string }[] {
  const services = topology.services.map(({ id, database }) => ({
    owner: id as string,
    database: database as string,
  }));
  return [
    ...services,
    { owner: "workflow", database: "workflow" },
    { owner: "provider", database: "provider" },
  ];
}

/** The connection strings that the user gives by DATABASE_URL_<OWNER>. */
export function givenDatabases(topology: Topology, env: NodeJS.ProcessEnv): Record<string, string> {
  const given = databaseOwners(topology).flatMap(({ owner }) => {
    const url = env[`DATABASE_URL_${owner.toUpperCase()}`];
    return url ? [[owner, url] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Makes one database and one role each in the embedded server; returns their connection strings by owner. */
export async function createDatabases(
  topology: Topology,
  secrets: Secrets,
  limits = roleLimits,
): Promise<Record<string, string>> {
  const port = topology.supporting.POSTGRES_PORT;
  const server = (database: string) =>
    connectWhenUp(connectionString("postgres", secrets.of("postgres-password"), port, database));
  const client = await server("postgres");
  try {
    await client.query("revoke connect on database postgres, template1 from public");
    const urls: Record<string, string> = {};
    for (const { owner, database } of databaseOwners(topology)) {
      const password = secrets.of(`database-password-${owner}`);
      await createRole(client, { role: database, password, limits });
      await createDatabase(client, database);
      const inside = await server(database);
      await inside
        .query(`grant usage, create on schema public to ${inside.escapeIdentifier(database)}`)
        .finally(() => inside.end());
      urls[owner] = connectionString(database, password, port);
    }
    return urls;
  } finally {
    await client.end();
  }
}

// A service that leaks connections, or forgets a transaction, must not take the others' with it. The pools set limits of
// their own. The number of connections and temporary files (a search needs some megabytes) hold whoever connects; how long a
// transaction may idle is where a session starts, and one that means ill can set it anew.
const roleLimits = {
  connections: 40,
  settings: { idle_in_transaction_session_timeout: "60s", temp_file_limit: "512MB" },
};

/** A role is called like its database and may do nothing to the server: no other role, no database, no bypass. */
async function createRole(
  client: pg.Client,
  { role, password, limits }: { role: string; password: string; limits: typeof roleLimits },
): Promise<void> {
  const name = client.escapeIdentifier(role);
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  const verb = rowCount === 0 ? "create" : "alter";
  await client.query(
    `${verb} role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
     connection limit ${limits.connections} password ${client.escapeLiteral(password)}`,
  );
  for (const [setting, value] of Object.entries(limits.settings))
    await client.query(`alter role ${name} set ${setting} to ${client.escapeLiteral(value)}`);
}

/**
 * The server's own role keeps the database: its owner could open it to other roles, or drop it. Migrations may make
 * schemas, tables and trusted extensions in it.
 */
async function createDatabase(client: pg.Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  const { rowCount } = await client.query("select from pg_database where datname = $1", [database]);
  if (rowCount === 0) await client.query(`create database ${name}`);
  else await client.query(`alter database ${name} owner to current_user`);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect, create, temporary on database ${name} to ${name}`);
}

/** PostgreSQL may still be recovering from a hard kill; half a minute is ample for a shop's data. */
async function connectWhenUp(url: string): Promise<pg.Client> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

function connectionString(role: string, password: string, port: number, database = role): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
}
