import { readTopology, type ServiceId } from "../topology.ts";

export const namespace = "sockshop";
export const { services } = readTopology({});

/** How many of each run, at least and at most. Each of them holds up to twelve connections to its database. */
export const replicas: Record<ServiceId, { min: number; max: number }> = {
  gateway: { min: 2, max: 6 },
  catalog: { min: 2, max: 6 },
  cart: { min: 2, max: 4 },
  order: { min: 2, max: 4 },
  payment: { min: 2, max: 4 },
  rating: { min: 2, max: 3 },
  // One locked writer chains the records, and one look at every service is enough: the second stands by.
  logging: { min: 2, max: 2 },
  monitoring: { min: 2, max: 2 },
};

/** What has a database and a role of the same name, and how many connections it may hold. */
export const databases = [
  ...services.map(({ id, database }) => ({ name: database as string, connections: replicas[id].max * 12 })),
  // components/workflow-state.yaml: maxConns, for every sidecar of order.
  { name: "workflow", connections: replicas.order.max * 20 },
  { name: "provider", connections: replicas.payment.max * 12 },
];

/** Names of secrets; `npm run kubernetes:secrets` makes them all. */
export const secretNames = {
  daprToken: (app: string) => `${app}-dapr-token`,
  appToken: (app: string) => `${app}-app-token`,
  /** What only this service knows. */
  own: (app: string) => `${app}-settings`,
  /** What only this service's sidecar knows: the COMPONENT_ variables that components/secrets.yaml reads. */
  sidecar: (app: string) => `${app}-sidecar`,
  role: (database: string) => `postgres-${database}`,
  identityKey: "identity-public-key",
  redisUsers: "redis-users",
  /** Lets Prometheus read metrics, and nothing else. */
  metricsToken: "metrics-token",
};

/** Secrets of services by their variables' names, beside tokens and databases. */
export const ownSecrets: Partial<Record<ServiceId, string[]>> = {
  gateway: ["IDENTITY_PRIVATE_KEY", "SESSION_SECRET", "ADMIN_EMAIL", "ADMIN_PASSWORD"],
  order: ["IDEMPOTENCY_SECRET"],
};

/** Secrets of sidecars by their variables' names, as scripts/service-env.ts gives them locally. */
export const sidecarSecrets = (app: ServiceId): string[] => [
  "COMPONENT_REDIS_HOST",
  "COMPONENT_REDIS_USERNAME",
  "COMPONENT_REDIS_PASSWORD",
  "COMPONENT_REDIS_DB",
  "COMPONENT_REDIS_TLS",
  ...(app === "order" ? ["COMPONENT_WORKFLOW_DATABASE"] : []),
];

/** CloudNativePG signs the server's certificate with a CA of its own, which every connection checks. */
export const postgresCa = { volume: "postgres-ca", folder: "/etc/postgres-ca" };

export const databaseUrl = (database: string, password: string): string =>
  `postgres://${database}:${password}@postgres-rw.${namespace}.svc:5432/${database}?sslmode=verify-full&sslrootcert=${postgresCa.folder}/ca.crt`;

export const redisAddress = `redis.${namespace}.svc:6379`;
