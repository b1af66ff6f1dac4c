import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endAll, readPid } from "../../scripts/pids.ts";
import { findProgram, lastLines, run } from "../../scripts/runtime/commands.ts";
import { repository } from "../../scripts/state-folder.ts";
import { engineRuns } from "./docker.ts";

export interface Engine {
  /** The environment in which `docker` and compose reach it. */
  env: NodeJS.ProcessEnv;
  /** The command of docker compose, v2 or 1.29. */
  compose: string[];
  close: () => Promise<void>;
}

type Say = (progress: string) => void;

/** The engine that runs here, or one of our own with an empty data folder, which goes with it. */
export async function openEngine(say: Say): Promise<Engine> {
  if (engineRuns()) return { env: process.env, compose: await findCompose(say), close: async () => {} };
  if (!findProgram("dockerd")) await installPackages(["docker.io"], say);
  await clearOld();
  const folder = mkdtempSync(prefix);
  const host = `unix://${folder}/docker.sock`;
  // Without BuildKit, which Debian's engine has no client for.
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_BUILDKIT: "0" };
  say(`starting dockerd in ${folder}`);
  const daemon = startDaemon(folder, host);
  const close = () => stopDaemon(daemon, folder);
  try {
    await untilItAnswers(env, folder);
    return { env, compose: await findCompose(say), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const prefix = "/var/lib/sockshop-docker-";

/** Removes what a run left behind that was killed: its daemon, if it still runs as nobody's child, and its data. */
async function clearOld(): Promise<void> {
  for (const name of listed("/var/lib").filter((found) => found.startsWith("sockshop-docker-"))) {
    const folder = join("/var/lib", name);
    const pid = readPid(join(folder, "docker.pid"));
    if (pid && !isOrphan(pid)) continue;
    if (pid) await endAll([join(folder, "docker.pid")], 60_000);
    clear(folder);
  }
}

const isOrphan = (pid: number) => /^PPid:\s*1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

function startDaemon(folder: string, host: string): ChildProcess {
  const log = openSync(join(folder, "dockerd.log"), "a");
  const places = [
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
  ];
  return spawn("dockerd", [`--host=${host}`, ...places], { stdio: ["ignore", log, log], detached: true });
}

async function untilItAnswers(env: NodeJS.ProcessEnv, folder: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; spawnSync("docker", ["info"], { env }).status !== 0; ) {
    if (Date.now() > deadline)
      throw new Error(
        `dockerd does not answer:\n${lastLines(readFileSync(join(folder, "dockerd.log"), "utf8"), 12)}`,
      );
    await pause(250);
  }
}

async function stopDaemon(daemon: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  if (daemon.exitCode === null && daemon.kill("SIGTERM")) await ended;
  clear(folder);
}

function clear(folder: string): void {
  // The engine leaves the network of every container mounted.
  const networks = join(folder, "exec", "netns");
  for (const name of listed(networks)) spawnSync("umount", [join(networks, name)]);
  rmSync(folder, { recursive: true, force: true });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** `docker compose`, the older `docker-compose`, or v2 built with Go from the module beside this file. */
async function findCompose(say: Say): Promise<string[]> {
  if (process.env.SOCKSHOP_COMPOSE) return process.env.SOCKSHOP_COMPOSE.split(" ");
  const built = join(repository, ".sockshop", "bin", "docker-compose");
  if (spawnSync(built, ["version"]).status === 0) return [built];
  if (spawnSync("docker", ["compose", "version"]).status === 0) return ["docker", "compose"];
  const go = findProgram("go", ["/usr/local/go/bin"]);
  if (!go) {
    if (!findProgram("docker-compose")) await installPackages(["docker-compose"], say);
    return ["docker-compose"];
  }
  say("building docker compose with Go (minutes, the first time)");
  mkdirSync(join(repository, ".sockshop", "bin"), { recursive: true });
  const cwd = join(repository, "tests", "compose", "engine");
  const args = ["build", "-trimpath", "-ldflags=-s -w", "-o", built, "github.com/docker/compose/v2/cmd"];
  const { code, output } = await run(go, args, { cwd, env: { ...process.env, CGO_ENABLED: "0" } });
  if (code !== 0) throw new Error(`docker compose could not be built:\n${lastLines(output, 8)}`);
  return [built];
}

/** Installs Debian's packages; nothing that they bring starts by itself. */
export async function installPackages(names: string[], say: Say): Promise<void> {
  say(`installing ${names.join(", ")} with apt-get`);
  const script = `apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ${names.join(" ")}`;
  const { code, output } = await run("sh", ["-c", script]);
  if (code !== 0) throw new Error(`${names.join(", ")} could not be installed:\n${lastLines(output, 8)}`);
}
