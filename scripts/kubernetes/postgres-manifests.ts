import { databases, secretNames } from "./settings.ts";
import type { Manifest } from "./validation.ts";

const apiVersion = "postgresql.cnpg.io/v1";
const first = "gateway";
const locale = "C.UTF-8";

/** One PostgreSQL cluster by CloudNativePG, with a database and a role for each service, the workflow engine and the provider. */
export function postgresManifests(): Manifest[] {
  return [cluster(), ...databases.map(({ name }) => database(name))];
}

function cluster(): Manifest {
  const connections = databases.reduce((sum, { connections }) => sum + connections, 0);
  return {
    apiVersion,
    kind: "Cluster",
    metadata: { name: "postgres", labels: { "app.kubernetes.io/part-of": "sockshop" } },
    spec: {
      instances: 3,
      imageName: "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie",
      storage: { size: "20Gi" },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
      enableSuperuserAccess: false,
      bootstrap: {
        initdb: {
          database: first,
          owner: first,
          secret: { name: secretNames.role(first) },
          dataChecksums: true,
          // As everywhere else. What sorts and compares is the builtin provider's; the other two tell which letters
          // beyond ASCII are letters (pg_trgm asks), and are C where nothing is said.
          localeProvider: "builtin",
          builtinLocale: locale,
          localeCollate: locale,
          localeCType: locale,
        },
      },
      postgresql: {
        // What was answered as done is on two machines, so that a lost one loses nothing.
        synchronous: { method: "any", number: 1, dataDurability: "required" },
        // A role opens the database of its own name, over TLS, and no other.
        pg_hba: ["hostssl sameuser all all scram-sha-256", "host all all all reject"],
        parameters: {
          max_connections: String(connections + 30),
          shared_buffers: "512MB",
          idle_in_transaction_session_timeout: "60s",
          temp_file_limit: "512MB",
        },
      },
      managed: {
        roles: databases.map(({ name, connections }) => ({
          name,
          ensure: "present",
          login: true,
          inherit: true,
          connectionLimit: connections,
          passwordSecret: { name: secretNames.role(name) },
        })),
      },
      affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname" },
    },
  };
}

const database = (name: string): Manifest => ({
  apiVersion,
  kind: "Database",
  metadata: { name, labels: { "app.kubernetes.io/part-of": "sockshop" } },
  spec: { cluster: { name: "postgres" }, name, owner: name, databaseReclaimPolicy: "retain" },
});
