import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { obtainRedis, redisProcess } from "../runtime/redis.ts";
import { redisUsers } from "../runtime/redis-users.ts";
import { openSecrets } from "../runtime/secrets.ts";
import { openStateFolder } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "sockshop-machine-"));
  // Neither Docker nor a package manager.
  vi.stubEnv("PATH", machine);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(machine, { recursive: true, force: true });
});

const install = (program: string, answer: string) =>
  writeFileSync(join(machine, program), `#!/bin/sh\necho "${answer}"\n`, { mode: 0o755 });
const obtain = (env = {}) => obtainRedis(env, () => {}, [machine]);

test("a Redis that knows no selectors is passed over for a Valkey, and refused where there is nothing else", async () => {
  install("redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64");
  await expect(obtain()).rejects.toThrow(/redis-server is older than Redis 7\.0/);
  install("valkey-server", "Valkey server v=7.2.8 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64");
  expect(await obtain()).toEqual({ kind: "program", path: join(machine, "valkey-server") });
});

test("a Redis since 7.0 serves, and one that is given is taken as it is", async () => {
  install("redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64");
  expect(await obtain()).toEqual({ kind: "program", path: join(machine, "redis-server") });
  const url = "redis://elsewhere:6379";
  expect(await obtain({ REDIS_URL: url })).toEqual({ kind: "given", url });
});

test("in Docker, too, the file with Redis's passwords is for its owner alone", () => {
  const state = openStateFolder({ SOCKSHOP_STATE: join(machine, "state") });
  const about = { state, secrets: openSecrets(state), topology: readTopology({}) };
  const argumentsOf = (uid: number, rootless: boolean) => {
    vi.spyOn(process, "getuid").mockReturnValue(uid);
    vi.spyOn(process, "getgid").mockReturnValue(uid);
    return redisProcess({ kind: "docker", path: "docker", rootless }, about)?.args.join(" ");
  };
  expect(argumentsOf(1234, false)).toMatch(/--user 1234:1234 .* redis-server \/data\/redis\.conf$/);
  expect(argumentsOf(1234, true)).not.toContain("--user");
  expect(argumentsOf(0, false)).not.toContain("--user");
  vi.restoreAllMocks();
  const modes = [state.redis, join(state.redis, "redis.conf"), state.logs].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o600, 0o700]);
});

test("what a sidecar may add to and what it may read are two lists", () => {
  const [, , cart, payment] = redisUsers(["cart", "payment"], (user) => `${user}-password`);
  expect(cart).toBe(
    "user cart on >cart-password resetchannels -@all +ping +info +xadd ~cart-events ~log-events " +
      "(+xgroup|create +xreadgroup +xack +xpending +xclaim ~product-events ~order-events ~account-events)",
  );
  expect(payment).toBe(
    "user payment on >payment-password resetchannels -@all +ping +info +xadd ~payment-events ~log-events",
  );
});
