import { spawnSync } from "node:child_process";

const password = "of-this-test-run-only";

/** PostgreSQL in a container of POSTGRES_IMAGE, as docker-compose.yml has it; undefined where no engine answers. */
export async function postgresInContainer(settings: string[]) {
  if (!engineAnswers()) return undefined;
  // Not before it is needed: it brings a client of Docker along.
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const { Wait } = await import("testcontainers");
  const container = await new PostgreSqlContainer(process.env.POSTGRES_IMAGE || "postgres:18.6-alpine")
    .withDatabase("postgres")
    .withUsername("postgres")
    .withPassword(password)
    .withCommand(settings)
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  return { url: container.getConnectionUri(), stop: async () => void (await container.stop()) };
}

const engineAnswers = () => spawnSync("docker", ["info"], { stdio: "ignore", timeout: 20_000 }).status === 0;
