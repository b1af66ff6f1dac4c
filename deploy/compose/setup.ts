import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { databaseOwners } from "../../scripts/runtime/databases.ts";
import { openSecrets } from "../../scripts/runtime/secrets.ts";
import { publicUrl, writeEnvironments } from "../../scripts/service-env.ts";
import { openStateFolder } from "../../scripts/state-folder.ts";
import { readTopology } from "../../scripts/topology.ts";
import { passwordVerifier } from "./password-verifier.ts";

// The one-shot that comes before everything else in docker-compose.yml: it makes the shop's secrets at the first
// start and writes down, on a volume, what each container may know, in a file that only that container's user can read.
const { env } = process;
const topology = readTopology({});
const state = openStateFolder({});
// What an earlier start gave away is not ours to write to; the folder it lies in is.
for (const file of readdirSync(state.env)) rmSync(join(state.env, file));
const secrets = openSecrets(state);
const email = env.ADMIN_EMAIL || "admin@sockshop.example";
const admin = { email, password: env.ADMIN_PASSWORD || secrets.of("admin-password") };

const password = (owner: string) => secrets.of(`database-password-${owner}`);
const databases = Object.fromEntries(
  databaseOwners(topology).map(({ owner, database }) => [
    owner,
    `postgres://${database}:${password(owner)}@${owner}-database:5432/${database}`,
  ]),
);
writeEnvironments({
  env: { ...env, PUBLIC_URL: env.PUBLIC_URL || publicUrl(readTopology(env)) },
  topology,
  state,
  secrets,
  runtime: "node",
  databases,
  redisUrl: `redis://:${secrets.of("redis-password")}@redis:6379`,
  admin,
  network: "containers",
});
writeDatabaseFiles();
writeRedisFile();
giveEachItsFile();
if (secrets.isNew("admin-password")) console.log(`Administrator: ${email}, password ${admin.password}`);
else console.log(`Administrator: ${email}, password as before (or as ADMIN_PASSWORD says)`);

/** A database is told what verifies a password and never the password; its superuser's is kept by nobody. */
function writeDatabaseFiles(): void {
  const folder = join(state.root, "databases");
  mkdirSync(folder, { recursive: true });
  for (const { owner } of databaseOwners(topology))
    writeFileSync(join(folder, owner), passwordVerifier(password(owner)), { mode: 0o644 });
  writeFileSync(join(folder, "superuser"), passwordVerifier(secrets.of("postgres-password")), {
    mode: 0o644,
  });
}

function writeRedisFile(): void {
  const lines = [
    `requirepass ${secrets.of("redis-password")}`,
    "appendonly yes",
    "appendfsync everysec",
    "dir /data",
  ];
  writeFileSync(join(state.env, "redis.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** The users are those of docker-compose.yml: a service's is 10000 and its place in the topology, its sidecar's 10100 and so on. */
function giveEachItsFile(): void {
  chmodSync(state.root, 0o755);
  chmodSync(state.env, 0o755);
  const users = new Map<string, number>([["redis.conf", 999]]);
  topology.services.forEach(({ id }, index) => {
    users.set(`${id}.env`, 10_000 + index);
    users.set(`${id}.sidecar.env`, 10_100 + index);
  });
  for (const file of readdirSync(state.env)) {
    const user = users.get(file);
    if (user !== undefined) chownSync(join(state.env, file), user, user);
  }
}
