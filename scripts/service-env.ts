import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mtls, sidecarMtls } from "./mtls.ts";
import type { Secrets } from "./runtime/secrets.ts";
import { repository, type StateFolder } from "./state-folder.ts";
import type { Service, Topology } from "./topology.ts";

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  topology: Topology;
  state: StateFolder;
  secrets: Secrets;
  runtime: "node" | "deno";
  databases: Record<string, string>;
  /** Redis's address for each app's sidecar. */
  redis: Record<string, string>;
  /** Absent where sidecars do not prove who they are. */
  mtls?: Mtls | undefined;
  admin: { email: string; password: string };
  /** In containers an app and its sidecar have a network of their own, and others reach them from outside it. */
  network?: "loopback" | "containers";
}

const passedThrough = [
  "LOG_LEVEL",
  "LOG_SHIPPING",
  "RATE_LIMIT_PER_MINUTE",
  "CHECKOUT_PATIENCE_SECONDS",
  "SAGA_SILENCE_SECONDS",
  "TRACE_SAMPLING",
  "ZIPKIN_URL",
];

/** Writes what every service and every sidecar may know, each into a file that only its owner can read. */
export function writeEnvironments(around: Surroundings): void {
  for (const service of around.topology.services) {
    writeEnvFile(join(around.state.env, `${service.id}.env`), serviceEnvironment(service, around));
    writeEnvFile(join(around.state.env, `${service.id}.sidecar.env`), sidecarEnvironment(service, around));
  }
}

function serviceEnvironment(service: Service, around: Surroundings): Record<string, string> {
  const given = passedThrough.flatMap((name) =>
    around.env[name] ? [[name, around.env[name]] as const] : [],
  );
  return {
    ...Object.fromEntries(given),
    SOCKSHOP_RUNTIME: around.runtime,
    APP_ID: service.id,
    APP_HOST: around.network === "containers" ? "0.0.0.0" : "127.0.0.1",
    APP_PORT: String(service.port),
    DAPR_HTTP_PORT: String(service.daprHttpPort),
    DAPR_GRPC_PORT: String(service.daprGrpcPort),
    DATABASE_URL: around.databases[service.id] ?? "",
    IDENTITY_PUBLIC_KEY: around.secrets.identityKeys.publicJwk,
    ...tokens(service, around.secrets),
    ...ownEnvironment(service, around),
  };
}

/** What one service needs and no other may know. */
function ownEnvironment(
  service: Service,
  { secrets, databases, redis, admin, topology, state, env, network }: Surroundings,
): Record<string, string> {
  switch (service.id) {
    case "gateway":
      return {
        IDENTITY_PRIVATE_KEY: secrets.identityKeys.privateJwk,
        SESSION_SECRET: secrets.of("session-secret"),
        STOREFRONT_DIR: join(repository, "frontend", "dist"),
        PUBLIC_URL: env.PUBLIC_URL || publicUrl(topology),
        ...(env.TRUST_PROXY && { TRUST_PROXY: env.TRUST_PROXY }),
        ...(env.TRACES_URL && { TRACES_URL: env.TRACES_URL }),
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
      };
    case "order":
      return { IDEMPOTENCY_SECRET: secrets.of("idempotency-secret") };
    case "payment":
      return { PROVIDER_DATABASE_URL: databases.provider ?? "" };
    case "logging":
      return env.LOG_RETENTION_DAYS ? { LOG_RETENTION_DAYS: env.LOG_RETENTION_DAYS } : {};
    case "monitoring":
      return {
        ...monitoringSettings(env),
        ...watchedParts(topology, redis.monitoring ?? "", network),
        OPTIONAL_PARTS_FILE: state.optionalPartsFile,
        SCRAPE_TOKEN: secrets.of("scrape-token"),
        ALERTS_TOKEN: secrets.of("alerts-token"),
        WATCHED_APPS: topology.services.map(({ id }) => id).join(","),
      };
    case "catalog":
    case "cart":
    case "rating":
      return {};
  }
}

const monitoringSettings = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        /^(ALERT_|METRICS_RETENTION_HOURS$|(PROMETHEUS|ALERTMANAGER)_URL$)/.test(entry[0]) &&
        Boolean(entry[1]),
    ),
  );

/** Where Monitoring sees how the rest is: addresses only, no passwords. */
function watchedParts(
  { supporting }: Topology,
  redisUrl: string,
  network: Surroundings["network"],
): Record<string, string> {
  const redis = new URL(redisUrl);
  const health = (part: string, port: number) =>
    `http://${network === "containers" ? part : "127.0.0.1"}:${port}/healthz`;
  return {
    PLACEMENT_HEALTH_URL: health("placement", supporting.PLACEMENT_HEALTH_PORT),
    SCHEDULER_HEALTH_URL: health("scheduler", supporting.SCHEDULER_HEALTH_PORT),
    // Over TLS nobody is asked: a bare PING would be no answer.
    ...(redis.protocol === "redis:" && { REDIS_ADDRESS: `${redis.hostname}:${redis.port || 6379}` }),
  };
}

/** A sidecar's component secrets (components/secrets.yaml reads those that begin with COMPONENT_) and tokens. */
function sidecarEnvironment(service: Service, around: Surroundings): Record<string, string> {
  const redis = new URL(around.redis[service.id] ?? "");
  return {
    ...tokens(service, around.secrets),
    // Part of who a sidecar is; policies name it.
    NAMESPACE: "default",
    ...sidecarMtls(around.mtls, service.id),
    // Sidecars tell each other this address; in containers each finds its own.
    ...(around.network !== "containers" && { DAPR_HOST_IP: "127.0.0.1" }),
    COMPONENT_REDIS_HOST: `${redis.hostname}:${redis.port || 6379}`,
    COMPONENT_REDIS_USERNAME: decodeURIComponent(redis.username),
    COMPONENT_REDIS_PASSWORD: decodeURIComponent(redis.password),
    COMPONENT_REDIS_DB: redis.pathname.slice(1) || "0",
    COMPONENT_REDIS_TLS: String(redis.protocol === "rediss:"),
    ...(service.id === "order" ? { COMPONENT_WORKFLOW_DATABASE: around.databases.workflow ?? "" } : {}),
  };
}

function tokens(service: Service, secrets: Secrets): Record<string, string> {
  return {
    DAPR_API_TOKEN: secrets.of(`dapr-api-token-${service.id}`),
    APP_API_TOKEN: secrets.of(`app-api-token-${service.id}`),
  };
}

export function publicUrl(topology: Topology): string {
  const gateway = topology.services.find(({ id }) => id === "gateway");
  return `http://localhost:${gateway?.port}`;
}

function writeEnvFile(file: string, values: Record<string, string>): void {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`,
  );
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  chmodSync(file, 0o600);
}
