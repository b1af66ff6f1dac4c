import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePorts } from "../../services/platform/test/free-ports.ts";
import { type KeptProcess, keepRunning } from "../processes.ts";
import { createDatabases } from "../runtime/databases.ts";
import { findPostgres, initialisePostgres, postgresHome, postgresProcess } from "../runtime/postgres.ts";
import { openSecrets } from "../runtime/secrets.ts";
import { openStateFolder, type StateFolder } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

let state: StateFolder;
let server: KeptProcess;
let urls: Record<string, string>;
let serverUrl: string;
let createWith: (limits: NonNullable<Parameters<typeof createDatabases>[2]>) => Promise<unknown>;

beforeAll(async () => {
  state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-databases-")) });
  const secrets = openSecrets(state);
  const install = await findPostgres(state);
  await initialisePostgres(install, secrets, () => {});
  // Not sooner: until a server listens there, anybody else may.
  const [port] = await freePorts(1);
  const topology = readTopology({ POSTGRES_PORT: `${port}` });
  server = keepRunning(postgresProcess(install, topology.supporting.POSTGRES_PORT), state);
  urls = await createDatabases(topology, secrets);
  serverUrl = `postgres://postgres:${secrets.of("postgres-password")}@127.0.0.1:${topology.supporting.POSTGRES_PORT}/postgres`;
  await createDatabases(topology, secrets);
  createWith = (limits) => createDatabases(topology, secrets, limits);
});

afterAll(async () => {
  await server?.stop();
  rmSync(postgresHome(state), { recursive: true, force: true });
  rmSync(state.root, { recursive: true, force: true });
});

test("each owner may make tables and trusted extensions in its own database", async () => {
  await query(urls.catalog, "create extension pg_trgm; create table sock (id int)");
});

test("no role can open another's database, nor the server's own, unless it is let in", async () => {
  for (const database of ["payment", "postgres", "template1"]) {
    const url = new URL(urls.catalog ?? "");
    url.pathname = `/${database}`;
    await expect(query(url.href, "select 1")).rejects.toThrow(/permission denied for database/);
    await asServer(`grant connect on database ${database} to catalog`);
    await query(url.href, "select 1");
    await asServer(`revoke connect on database ${database} from catalog`);
  }
});

test.each([
  ["make a role", "create role helper", "createrole"],
  ["make a database", "create database spare", "createdb"],
  ["read the server's files", "select pg_read_file('PG_VERSION')", "superuser"],
  ["run programs", "copy (select 1) to program 'cat > /dev/null'", "superuser"],
  ["lift its own limits", "alter role catalog connection limit -1", "superuser"],
  ["drop its database", "drop database catalog", "superuser"],
])("a role cannot %s, unless it is made more than it is", async (_, statement, attribute) => {
  await expect(query(urls.catalog, statement)).rejects.toThrow(/permission denied|must be owner/);
  await asServer(`alter role catalog ${attribute}`);
  const happened = await outcome(query(urls.catalog, statement));
  await asServer(`alter role catalog no${attribute} connection limit 40`);
  expect(happened).toMatch(/^done$|currently open database/);
});

test("a role cannot let others into its database, unless that is its own", async () => {
  const url = new URL(urls.payment ?? "");
  url.pathname = "/catalog";
  // PostgreSQL only warns that no privilege was granted.
  await query(urls.catalog, "grant connect on database catalog to payment");
  await expect(query(url.href, "select 1")).rejects.toThrow(/permission denied for database/);
  await asServer("alter database catalog owner to catalog");
  await query(urls.catalog, "grant connect on database catalog to payment");
  await query(url.href, "select 1");
  await query(urls.catalog, "revoke connect on database catalog from payment");
  await asServer("alter database catalog owner to postgres");
  await asServer("grant connect, create, temporary on database catalog to catalog");
});

test("a role's forgotten transactions and connections are bounded", async () => {
  const { rows } = await query(
    urls.catalog,
    `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('temp_file_limit') as files,
            rolconnlimit as connections from pg_roles where rolname = current_user`,
  );
  expect(rows).toEqual([{ idle: "1min", files: "512MB", connections: 40 }]);
});

test("a forgotten transaction, huge temporary files and too many connections end at a role's limits only", async () => {
  const attack = async () => [
    await outcome(forgetTransaction(urls.rating)),
    await outcome(
      query(
        urls.rating,
        `with big as materialized (select repeat('x', 1000) from generate_series(1, 20000))
         select count(*) from big a, (select 1) b`,
      ),
    ),
    // Last, since the server takes a moment to forget a connection.
    await outcome(holdConnections(urls.rating, 4)),
  ];
  await createWith({
    connections: 3,
    settings: { idle_in_transaction_session_timeout: "100ms", temp_file_limit: "1MB" },
  });
  expect(await attack()).toEqual([
    expect.stringMatching(/idle-in-transaction timeout/),
    expect.stringMatching(/temporary file size exceeds/),
    expect.stringMatching(/too many connections for role/),
  ]);
  await createWith({
    connections: -1,
    settings: { idle_in_transaction_session_timeout: "0", temp_file_limit: "-1" },
  });
  expect(await attack()).toEqual(["done", "done", "done"]);
});

test("a wrong password opens nothing", async () => {
  const url = new URL(urls.catalog ?? "");
  url.password = "guess";
  await expect(query(url.href, "select 1")).rejects.toThrow(/password authentication failed/);
});

async function query(connectionString: string | undefined, sql: string) {
  const client = new pg.Client({ connectionString: connectionString ?? "" });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

async function holdConnections(connectionString: string | undefined, count: number): Promise<void> {
  const held: pg.Client[] = [];
  try {
    while (held.length < count) {
      const client = new pg.Client({ connectionString: connectionString ?? "" });
      await client.connect();
      held.push(client);
    }
  } finally {
    await Promise.all(held.map((client) => client.end()));
  }
}

const outcome = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "done",
    (error: Error) => error.message,
  );

/** Leaves a transaction open for longer than the limit of the test, and then goes on with it. */
async function forgetTransaction(connectionString: string | undefined): Promise<void> {
  const client = new pg.Client({ connectionString: connectionString ?? "" });
  await client.connect();
  const ended = new Promise<never>((_, reject) => client.on("error", reject));
  try {
    await client.query("begin");
    await Promise.race([ended, asServer("select pg_sleep(0.5)")]);
    await client.query("commit");
  } finally {
    await client.end();
  }
}

/** What the server's own role does: it takes a limit away, or puts it back. */
const asServer = (sql: string) => query(serverUrl, sql);
