import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareMtls } from "../../scripts/mtls.ts";
import { tell } from "../../scripts/observability.ts";
import { databaseOwners } from "../../scripts/runtime/databases.ts";
import { redisUsers } from "../../scripts/runtime/redis-users.ts";
import { openSecrets } from "../../scripts/runtime/secrets.ts";
import { publicUrl, writeEnvironments } from "../../scripts/service-env.ts";
import { openStateFolder } from "../../scripts/state-folder.ts";
import { writeTokens } from "../../scripts/telemetry-tokens.ts";
import { readTopology } from "../../scripts/topology.ts";
import { passwordVerifier } from "./password-verifier.ts";

// The one-shot that comes before everything else in docker-compose.yml: it makes the shop's secrets at the first
// start and writes down, on a volume, what each container may know, in a file that only that container's user can read.
const { env } = process;
const topology = readTopology({});
const state = openStateFolder({});
// What an earlier start gave away is not ours to write to; the folder it lies in is.
for (const folder of [state.env, state.sentry, state.prometheus, state.alertmanager])
  for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
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
const apps = topology.services.map(({ id }) => id);
const redisPassword = (user: string) => secrets.of(`redis-password-${user}`);
writeEnvironments({
  env: { ...env, PUBLIC_URL: env.PUBLIC_URL || publicUrl(readTopology(env)) },
  topology,
  // Where the services see what is written here.
  state: { ...state, optionalPartsFile: "/run/sockshop/optional-parts.json" },
  secrets,
  runtime: "node",
  databases,
  redis: Object.fromEntries(apps.map((app) => [app, `redis://${app}:${redisPassword(app)}@redis:6379`])),
  admin,
  network: "containers",
});
// Sentry's keys and its root lie on a volume of its own; a sidecar reads the root where sentry.sh puts it.
prepareMtls(topology, state, secrets);
const telemetryTokens = writeTokens(state, secrets);
tell(state, "prometheus", { url: "http://prometheus:9090" });
tell(state, "alertmanager", { url: "http://alertmanager:9093" });
tell(state, "zipkin", { url: "http://zipkin:9411" });
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
  const users = redisUsers(apps, redisPassword);
  const lines = [...users, "appendonly yes", "appendfsync everysec", "dir /data"];
  writeFileSync(join(state.env, "redis.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

/**
 * The users are those of docker-compose.yml: a service's is 10000 and its place in the topology, its sidecar's 10100 and
 * so on, and Dapr's own parts follow from 10200.
 */
function giveEachItsFile(): void {
  const tokens = join(state.sentry, "tokens");
  for (const folder of [state.root, state.env, state.sentry, tokens, state.prometheus, state.alertmanager])
    chmodSync(folder, 0o755);
  chmodSync(state.optionalPartsFile, 0o644);
  const give = (file: string, user: number) => chownSync(file, user, user);
  give(join(state.env, "redis.conf"), 999);
  // Prometheus and Alertmanager run as the user that their images give their data to, the same for both.
  for (const file of Object.values(telemetryTokens)) give(file, 65_534);
  give(join(state.sentry, "jwks.json"), 10_200);
  give(join(tokens, "dapr-placement.jwt"), 10_201);
  give(join(tokens, "dapr-scheduler.jwt"), 10_202);
  apps.forEach((id, index) => {
    give(join(state.env, `${id}.env`), 10_000 + index);
    give(join(state.env, `${id}.sidecar.env`), 10_100 + index);
    give(join(tokens, `${id}.jwt`), 10_100 + index);
  });
}
