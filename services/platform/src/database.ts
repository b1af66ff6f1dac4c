import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { isDatabaseAway } from "./problem.ts";
import { traceQueries } from "./traced-queries.ts";

// Positions, sequence numbers and counts stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export type Database = pg.Pool;
/** A connection inside a transaction; only `withTransaction` makes one. */
export type Transaction = pg.PoolClient;
/** Whatever can run one statement. */
export type Queryable = Pick<pg.Pool, "query">;

const platformMigrations = new URL("../migrations/", import.meta.url);

/** Opens the pool, waits up to a minute for the server, and applies the platform's and the service's migrations. */
export function openDatabase(url: string, migrations: URL): Promise<Database> {
  return openMigrated(url, [
    { name: "platform", folder: platformMigrations },
    { name: "service", folder: migrations },
  ]);
}

/** The same for a database of an outside party that a service plays itself: without the platform's tables. */
export function openOutsideDatabase(url: string, migrations: URL): Promise<Database> {
  return openMigrated(url, [{ name: "outside", folder: migrations }]);
}

async function openMigrated(url: string, sets: MigrationSet[]): Promise<Database> {
  const database = openPool(url);
  await untilReachable(database);
  await migrate(database, sets);
  return database;
}

/** A pool without migrations, for a database that is not a service's own schema. */
export function openPool(url: string, max = 10): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    // Also how long a request may queue for a connection: hundreds at once wait their turn, less than callers wait.
    connectionTimeoutMillis: 40_000,
    statement_timeout: 30_000,
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => {});
  return traceQueries(pool);
}

/** Whether the database answers in time; a stopped server keeps connections and says nothing. */
export function answersWithin(database: Database, withinMs: number): Promise<boolean> {
  // The query's own limit makes pg give the silent connection up; it does not cover waiting for one. pg's types lack it.
  const query: pg.QueryConfig & { query_timeout: number } = { text: "select 1", query_timeout: withinMs };
  const answer = database.query(query).then(
    () => true,
    () => false,
  );
  const late = new Promise<false>((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    void answer.finally(() => clearTimeout(timer));
  });
  return Promise.race([answer, late]);
}

async function untilReachable(database: Database): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await database.query("select 1");
      return;
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export async function withTransaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await database.connect();
  let broken: Error | undefined;
  // A connection lost between two statements is told by an event only; unheard it would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("begin");
    const result = await work(client);
    // A failed statement that `work` kept to itself makes PostgreSQL answer a commit by rolling back, without an error.
    const { command } = await client.query("commit");
    if (command !== "COMMIT")
      throw new Error("the transaction was rolled back: one of its statements had failed");
    return result;
  } catch (error) {
    await client.query("rollback").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

type MigrationSet = { name: string; folder: URL };

async function migrate(database: Database, sets: MigrationSet[]): Promise<void> {
  await withTransaction(database, async (tx) => {
    // An index on a large table takes its time, and so does waiting for another instance that makes it.
    await tx.query("set local statement_timeout to 0");
    // Two instances that start together must not both migrate.
    await tx.query("select pg_advisory_xact_lock(hashtext('migrations'))");
    await tx.query(
      "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const done = new Set(
      (await tx.query<{ name: string }>("select name from migrations")).rows.map((row) => row.name),
    );
    for (const set of sets) {
      const files = (await readdir(set.folder)).filter((file) => file.endsWith(".sql")).sort();
      for (const file of files) {
        const name = `${set.name}/${file}`;
        if (done.has(name)) continue;
        await tx.query(await readFile(new URL(file, set.folder), "utf8"));
        await tx.query("insert into migrations (name) values ($1)", [name]);
      }
    }
  });
}
