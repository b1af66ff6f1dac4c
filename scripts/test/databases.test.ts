import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KeptProcess, keepRunning } from "../processes.ts";
import { createDatabases } from "../runtime/databases.ts";
import { findPostgres, initialisePostgres, postgresHome, postgresProcess } from "../runtime/postgres.ts";
import { openSecrets } from "../runtime/secrets.ts";
import { openStateFolder, type StateFolder } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

let state: StateFolder;
let server: KeptProcess;
let urls: Record<string, string>;

beforeAll(async () => {
  state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-databases-")) });
  const topology = readTopology({ POSTGRES_PORT: String(await freePort()) });
  const secrets = openSecrets(state);
  const install = await findPostgres(state);
  await initialisePostgres(install, secrets, () => {});
  server = keepRunning(postgresProcess(install, topology.supporting.POSTGRES_PORT), state);
  urls = await createDatabases(topology, secrets);
  await createDatabases(topology, secrets);
});

afterAll(async () => {
  await server?.stop();
  rmSync(postgresHome(state), { recursive: true, force: true });
  rmSync(state.root, { recursive: true, force: true });
});

test("each owner may make tables and trusted extensions in its own database", async () => {
  await query(urls.catalog, "create extension pg_trgm; create table sock (id int)");
});

test("no role can open another's database, nor the server's own", async () => {
  for (const database of ["payment", "postgres", "template1"]) {
    const url = new URL(urls.catalog ?? "");
    url.pathname = `/${database}`;
    await expect(query(url.href, "select 1")).rejects.toThrow(/permission denied for database/);
  }
});

test("a wrong password opens nothing", async () => {
  const url = new URL(urls.catalog ?? "");
  url.password = "guess";
  await expect(query(url.href, "select 1")).rejects.toThrow(/password authentication failed/);
});

async function query(connectionString: string | undefined, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: connectionString ?? "" });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
