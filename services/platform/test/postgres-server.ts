import pg from "pg";
import type { TestProject } from "vitest/node";
import { postgresInContainer } from "./postgres-in-container.ts";
import { postgresOfPackage } from "./postgres-of-package.ts";

type PostgresServer = {
  /** Of its superuser, to the database `postgres`. */
  url: string;
  /** Ends it, and removes what it stored. */
  stop: () => Promise<void>;
};

/** Room for many connections, and no care for data that nobody keeps. */
const settings = ["-c", "fsync=off", "-c", "max_connections=300"];

/**
 * Vitest's global set-up: one PostgreSQL for the whole run, whose address tests get by `inject("postgresUrl")`.
 * SOCKSHOP_TEST_POSTGRES is `container` (Docker's or nothing), `embedded` (npm's package), or is not set: Docker's
 * where an engine answers, else npm's.
 */
export default async function startServer(project: TestProject) {
  const server = await openServer(process.env.SOCKSHOP_TEST_POSTGRES);
  await untilReachable(server.url);
  project.provide("postgresUrl", server.url);
  return server.stop;
}

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

async function openServer(wanted: string | undefined): Promise<PostgresServer> {
  if (wanted === "embedded") return postgresOfPackage(settings);
  try {
    const server = await postgresInContainer(settings);
    if (server) return server;
    if (wanted === "container") throw new Error("No Docker engine answers: start Docker.");
  } catch (error) {
    if (wanted === "container") throw error;
    console.warn(`PostgreSQL of npm's package is used, not a container: ${(error as Error).message}`);
  }
  return postgresOfPackage(settings);
}

async function untilReachable(url: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => {});
    }
  }
}
