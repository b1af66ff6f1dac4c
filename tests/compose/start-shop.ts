import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { lastLines, run } from "../../scripts/runtime/commands.ts";
import { databaseOwners } from "../../scripts/runtime/databases.ts";
import { repository } from "../../scripts/state-folder.ts";
import { readTopology } from "../../scripts/topology.ts";
import { nameOwnTarget, targetsFolder } from "../own-target.ts";
import { portOffset } from "../port-offset.ts";
import { containerOf } from "./containers.ts";
import { type Engine, openEngine } from "./engine.ts";
import { imagesFor } from "./stand-ins.ts";

const project = "sockshop-test";
// Beside the state of the shop without containers, which a run of other suites may need.
const stateDir = join(
  repository,
  `${process.env.SOCKSHOP_TEST_STATE ?? join(".sockshop", "tests")}-containers`,
);
const targets = targetsFolder(stateDir);
const admin = { email: "admin@sockshop.example", password: "administrator of the tests" };
const firstDatabasePort = 5433;
// With the second instances, which docker-compose.yml knows nothing of.
const down = ["down", "--volumes", "--remove-orphans", "--timeout", "2"];
const say = (progress: string) => console.log(`  … ${progress}`);

type Started = { engine: Engine; redisUrl: string; hostAddress: string };
// Each project of the run loads this file anew, and all share one shop.
const shared = globalThis as { sockshopInContainers?: Promise<Started> & { users?: number } };

/** Brings the whole of docker-compose.yml up, on ports of its own, and gives the tests what they need to know of it. */
export default async function start(testProject: TestProject) {
  shared.sockshopInContainers ??= open();
  const { engine, redisUrl, hostAddress } = await shared.sockshopInContainers;
  shared.sockshopInContainers.users = (shared.sockshopInContainers.users ?? 0) + 1;
  const containers = { project, dockerHost: engine.env.DOCKER_HOST, hostAddress };
  const topology = readTopology({ SOCKSHOP_PORT_OFFSET: String(portOffset) });
  const url = `http://127.0.0.1:${topology.services.find(({ id }) => id === "gateway")?.port}`;
  testProject.provide("shop", { url, stateDir, portOffset, redisUrl, admin, containers });
  testProject.provide("compose", { command: engine.compose, env: engine.env as Record<string, string> });
  return async () => {
    const started = shared.sockshopInContainers;
    if (!started?.users || --started.users > 0) return;
    if (process.env.SOCKSHOP_KEEP_CONTAINERS) return;
    await compose(engine, down);
    await engine.close();
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    compose: { command: string[]; env: Record<string, string> };
  }
}

async function open(): Promise<Started> {
  const engine = await openEngine(say);
  try {
    engine.env = { ...engine.env, ...settings(), ...(await imagesFor(engine, say)) };
    say("docker compose up --build");
    // What an earlier run left behind.
    await compose(engine, down);
    rmSync(stateDir, { recursive: true, force: true });
    mkdirSync(targets, { recursive: true });
    await compose(engine, ["up", "--build", "--detach", "--scale", "dashboard=0"]);
    await untilOpen(engine);
    const hostAddress = await findHostAddress(engine);
    nameOwnTarget(stateDir, hostAddress);
    return { engine, redisUrl: await bringState(engine), hostAddress };
  } catch (error) {
    await compose(engine, down).catch(() => {});
    await engine.close();
    throw error;
  }
}

/** Every port of the file, moved like those of a shop without containers. */
function settings(): Record<string, string> {
  const topology = readTopology({ SOCKSHOP_PORT_OFFSET: String(portOffset) });
  const ports = topology.claims.map(({ variable, port }) => [variable, String(port)]);
  const databases = databaseOwners(topology).map(({ owner }, index) => [
    `${owner.toUpperCase()}_DATABASE_PORT`,
    String(firstDatabasePort + portOffset + index),
  ]);
  const others = {
    PROMETHEUS_PORT: 9090,
    ALERTMANAGER_PORT: 9093,
    ZIPKIN_PORT: 9411,
    DASHBOARD_PORT: 9999,
    GATEWAY_2_PORT: 8081,
  };
  return {
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_HTTP_TIMEOUT: "300",
    PROMETHEUS_TARGETS: targets,
    ...Object.fromEntries([...ports, ...databases]),
    ...Object.fromEntries(Object.entries(others).map(([name, port]) => [name, String(port + portOffset)])),
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    RATE_LIMIT_PER_MINUTE: "1000000",
  };
}

export async function compose(engine: Pick<Engine, "compose" | "env">, args: string[]): Promise<string> {
  const [command = "docker", ...first] = engine.compose;
  const { code, output } = await run(command, [...first, ...args], { cwd: repository, env: engine.env });
  if (code !== 0) throw new Error(`compose ${args.join(" ")} failed:\n${lastLines(output, 30)}`);
  return output;
}

async function untilOpen(engine: Engine): Promise<void> {
  say("waiting until the shop is open");
  const url = `http://127.0.0.1:${engine.env.GATEWAY_PORT}/api/health`;
  const isOpen = async () =>
    (await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined))?.ok ?? false;
  for (const deadline = Date.now() + 300_000; !(await isOpen()); await pause(500)) {
    if (Date.now() < deadline) continue;
    const [state, logs] = [await compose(engine, ["ps", "-a"]), await compose(engine, ["logs", "--tail=5"])];
    throw new Error(`the shop did not open within 300 s:\n${state}\n${logs}`);
  }
}

/**
 * Copies what the set-up wrote down to a folder like that of a shop without containers, with the addresses as they are
 * seen from here, so that tests and the operator's commands read it as they always do. Resolves with Redis's address.
 */
async function bringState(engine: Engine): Promise<string> {
  const setup = containerOf({ project, dockerHost: engine.env.DOCKER_HOST }, "setup");
  await run("docker", ["cp", `${setup}:/shop/.sockshop/.`, stateDir], { env: engine.env });
  const folder = join(stateDir, "env");
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8")
      .replaceAll(
        /@([a-z]+)-database:5432/g,
        (_, owner: string) => `@127.0.0.1:${databasePort(engine, owner)}`,
      )
      .replaceAll(
        /^(APP_PORT|DAPR_HTTP_PORT|DAPR_GRPC_PORT)='(\d+)'/gm,
        (_, name: string, port: string) => `${name}='${Number(port) + portOffset}'`,
      );
    writeFileSync(join(folder, file), text);
  }
  const secrets = JSON.parse(readFileSync(join(stateDir, "secrets.json"), "utf8")) as Record<string, string>;
  return `redis://admin:${secrets["redis-password-admin"]}@127.0.0.1:${engine.env.REDIS_PORT}`;
}

const databasePort = (engine: Engine, owner: string) => engine.env[`${owner.toUpperCase()}_DATABASE_PORT`];

/** Where containers reach this machine. */
async function findHostAddress(engine: Engine): Promise<string> {
  const format = "{{(index .IPAM.Config 0).Gateway}}";
  const args = ["network", "inspect", "-f", format, `${project}_default`];
  return (await run("docker", args, { env: engine.env })).output.trim();
}
