import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShopFailure } from "../failure.ts";
import type { ProcessSpec } from "../processes.ts";
import type { StateFolder } from "../state-folder.ts";
import type { Topology } from "../topology.ts";
import { findProgram, run } from "./commands.ts";
import { installWithPackageManager } from "./package-manager.ts";
import { redisUsers } from "./redis-users.ts";
import type { Secrets } from "./secrets.ts";

export type RedisSource =
  | { kind: "given"; url: string }
  | { kind: "program"; path: string }
  /** Rootless: the container's root is whoever runs Docker. */
  | { kind: "docker"; path: string; rootless: boolean };

const programs = ["redis-server", "valkey-server"];
const packageFolders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** REDIS_URL, a Redis or Valkey on PATH, Docker, or what the system's package manager brings without a password. */
export async function obtainRedis(
  env: NodeJS.ProcessEnv,
  say: (progress: string) => void,
  places = packageFolders,
): Promise<RedisSource> {
  if (env.REDIS_URL) return { kind: "given", url: env.REDIS_URL };
  const { fit, old } = await findServer(places);
  if (fit) return { kind: "program", path: fit };
  const docker = findProgram("docker");
  const engine = docker && (await run(docker, ["info"]));
  if (engine && engine.code === 0)
    return { kind: "docker", path: docker, rootless: /\brootless\b/.test(engine.output) };
  if (old) throw tooOld(old);
  const refusal = await installWithPackageManager({ brew: "redis", debian: "redis-server" }, say);
  const brought = await findServer(places);
  if (brought.fit) return { kind: "program", path: brought.fit };
  if (brought.old) throw tooOld(brought.old);
  throw new ShopFailure(
    `No Redis was found: REDIS_URL is not set, there is no redis-server or valkey-server on PATH, Docker is not running, and ${refusal}.`,
    process.platform === "darwin"
      ? "Run: brew install redis"
      : "Run: sudo apt-get install redis-server (or your system's equivalent)",
  );
}

/** A server that knows the selectors of redis-users.ts (Redis since 7.0, every Valkey), and else one that is too old. */
async function findServer(places: string[]): Promise<{ fit?: string; old?: string }> {
  let old: string | undefined;
  for (const name of programs) {
    const path = findProgram(name, places);
    if (!path) continue;
    const { output } = await run(path, ["--version"]);
    if (/valkey/i.test(output) || Number(/v=(\d+)/.exec(output)?.[1] ?? 0) >= 7) return { fit: path };
    old ??= path;
  }
  return old ? { old } : {};
}

const tooOld = (path: string) =>
  new ShopFailure(
    `${path} is older than Redis 7.0, which is the first that can let a sidecar read some streams and write others.`,
    "Install Redis 7 or later, or Valkey; or start Docker; or set REDIS_URL to a server of your own (with one user for all).",
  );

/** How to run it: on loopback, with a user for each app's sidecar, and with a file that survives a kill. */
export function redisProcess(
  source: RedisSource,
  { state, secrets, topology }: { state: StateFolder; secrets: Secrets; topology: Topology },
): ProcessSpec | undefined {
  const port = topology.supporting.REDIS_PORT;
  if (source.kind === "given") return undefined;
  const inDocker = source.kind === "docker";
  const configFile = join(state.redis, "redis.conf");
  rmSync(configFile, { force: true });
  const users = redisUsers(
    topology.services.map(({ id }) => id),
    (user) => secrets.of(`redis-password-${user}`),
  );
  // Passwords, and whatever events went through: for its owner alone.
  chmodSync(state.redis, 0o700);
  writeFileSync(configFile, redisConfig(port, inDocker ? "/data" : state.redis, users, inDocker), {
    mode: 0o600,
  });
  if (!inDocker) return { name: "redis", command: source.path, args: [configFile] };
  const name = `sockshop-redis-${port}`;
  const published = ["-p", `127.0.0.1:${port}:${port}`, "-v", `${state.redis}:/data`];
  const server = ["redis-server", "/data/redis.conf"];
  const image = process.env.REDIS_IMAGE || "redis:7-alpine";
  const runIt = ["run", "--rm", "--name", name, ...containerUser(source.rootless), ...published, image];
  // A container outlives a killed client, and would hold the name and the port.
  const script = `"$0" rm -f ${name} >/dev/null 2>&1; exec "$0" "$@"`;
  return { name: "redis", command: "sh", args: ["-c", script, source.path, ...runIt, ...server] };
}

/**
 * Whoever owns the files, so that nobody else need read them. As root the image gives them to a user of its own and goes on
 * as that; where Docker is rootless, its root is us already.
 */
function containerUser(rootless: boolean): string[] {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return rootless || !uid ? [] : ["--user", `${uid}:${gid}`];
}

function redisConfig(port: number, folder: string, users: string[], inDocker: boolean): string {
  return [
    `bind ${inDocker ? "0.0.0.0" : "127.0.0.1"}`,
    `port ${port}`,
    ...users,
    `dir "${folder}"`,
    "appendonly yes",
    "appendfsync everysec",
    "daemonize no",
    "",
  ].join("\n");
}

/** Where Redis is for one of its users; with a Redis that is given there is one for all. */
export function redisUrl(source: RedisSource, secrets: Secrets, port: number, user: string): string {
  if (source.kind === "given") return source.url;
  return `redis://${user}:${secrets.of(`redis-password-${user}`)}@127.0.0.1:${port}`;
}
