import { controlPlane } from "./control-plane.ts";
import { type Mtls, prepareMtls, sentryProcess, wantsMtls } from "./mtls.ts";
import type { KeptProcess, ProcessSpec } from "./processes.ts";
import { waitUntilListening } from "./readiness.ts";
import { type Dapr, obtainDapr } from "./runtime/dapr.ts";
import { createDatabases, databaseOwners, givenDatabases } from "./runtime/databases.ts";
import { findPostgres, initialisePostgres, postgresProcess } from "./runtime/postgres.ts";
import { obtainRedis, redisProcess, redisUrl } from "./runtime/redis.ts";
import type { Secrets } from "./runtime/secrets.ts";
import type { StateFolder } from "./state-folder.ts";
import type { PortClaim, Topology } from "./topology.ts";

/** What bringing up a part needs: where it may live and listen, and who keeps it running. */
export interface Opening {
  env: NodeJS.ProcessEnv;
  topology: Topology;
  state: StateFolder;
  secrets: Secrets;
  keep: (spec: ProcessSpec) => KeptProcess;
}

type Say = (progress: string) => void;

/** PostgreSQL with a database for each owner, or the databases that the user gives; connection strings by owner. */
export async function openPostgres(opening: Opening, say: Say): Promise<Record<string, string>> {
  const { topology, state, secrets, env, keep } = opening;
  const given = givenDatabases(topology, env);
  if (databaseOwners(topology).every(({ owner }) => given[owner])) return given;
  const install = await findPostgres(state);
  await initialisePostgres(install, secrets, say);
  keep(postgresProcess(install, topology.supporting.POSTGRES_PORT));
  await waitUntilListening("postgres", topology.supporting.POSTGRES_PORT, state);
  return { ...(await createDatabases(topology, secrets)), ...given };
}

/** Redis for pub/sub; its address by user: `admin`, and every app-id for its sidecar. */
export async function openRedis(opening: Opening, say: Say): Promise<Record<string, string>> {
  const { topology, state, secrets, env, keep } = opening;
  const port = topology.supporting.REDIS_PORT;
  const source = await obtainRedis(env, say);
  const spec = redisProcess(source, opening);
  if (spec) {
    keep(spec);
    await waitUntilListening("redis", port, state);
  }
  const users = ["admin", ...topology.services.map(({ id }) => id)];
  return Object.fromEntries(users.map((user) => [user, redisUrl(source, secrets, port, user)]));
}

/** Dapr's programs, and its sentry (unless mTLS is off), placement and scheduler running. */
export async function openDapr(opening: Opening, say: Say): Promise<{ dapr: Dapr; mtls: Mtls | undefined }> {
  const { topology, state, env, keep } = opening;
  const secured = wantsMtls(env);
  const dapr = await obtainDapr(state, env, say);
  const mtls = secured ? await openSentry(opening, dapr) : undefined;
  for (const spec of controlPlane(dapr, topology, state, mtls)) keep(spec);
  await waitUntilListening("placement", topology.supporting.PLACEMENT_PORT, state);
  await waitUntilListening("scheduler", topology.supporting.SCHEDULER_PORT, state);
  return { dapr, mtls };
}

/** It has written its root certificate by the time that it listens. */
async function openSentry({ topology, state, secrets, keep }: Opening, dapr: Dapr): Promise<Mtls> {
  const mtls = prepareMtls(topology, state, secrets);
  keep(sentryProcess(dapr, topology, state));
  await waitUntilListening("sentry", topology.supporting.SENTRY_PORT, state);
  return mtls;
}

/** The ports that this start will listen on: none for what the user brings. */
export function neededPorts(topology: Topology, env: NodeJS.ProcessEnv): PortClaim[] {
  const given = givenDatabases(topology, env);
  // What the shop can do without stays away, and says so, where its port is taken.
  const brought = new Set<string>(["ZIPKIN_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT"]);
  if (env.REDIS_URL) brought.add("REDIS_PORT");
  if (env.DAPR_MTLS === "off")
    for (const port of ["SENTRY_PORT", "SENTRY_HEALTH_PORT", "SENTRY_METRICS_PORT"]) brought.add(port);
  if (databaseOwners(topology).every(({ owner }) => given[owner])) brought.add("POSTGRES_PORT");
  return topology.claims.filter(({ variable }) => !brought.has(variable));
}
