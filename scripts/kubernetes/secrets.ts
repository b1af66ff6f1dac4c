import { join } from "node:path";
import { stringify } from "yaml";
import { redisUsers } from "../runtime/redis-users.ts";
import { openSecrets, type Secrets } from "../runtime/secrets.ts";
import { openStateFolder, repository } from "../state-folder.ts";
import {
  databases,
  databaseUrl,
  namespace,
  ownSecrets,
  redisAddress,
  secretNames,
  services,
} from "./settings.ts";
import type { Manifest } from "./validation.ts";

/**
 * `npm run -s kubernetes:secrets | kubectl apply --server-side -f -`: every secret the shop needs, with random values that are made
 * once and kept in a file which only its owner can read, so that running it again changes nothing.
 */
export function secretManifests(secrets: Secrets, env: Record<string, string | undefined>): Manifest[] {
  const token = (name: string) => ({ token: secrets.of(name) });
  return [
    secret(secretNames.identityKey, { IDENTITY_PUBLIC_KEY: secrets.identityKeys.publicJwk }),
    secret(secretNames.metricsToken, token("metrics-token")),
    secret(secretNames.redisUsers, { "users.acl": userFile(secrets) }),
    ...databases.map(({ name }) => roleSecret(name, secrets)),
    ...services.flatMap(({ id }) => [
      secret(secretNames.daprToken(id), token(`dapr-api-token-${id}`)),
      secret(secretNames.appToken(id), token(`app-api-token-${id}`)),
      secret(secretNames.sidecar(id), sidecarVariables(id, secrets)),
      ...(ownSecrets[id] ? [secret(secretNames.own(id), ownVariables(ownSecrets[id], secrets, env))] : []),
    ]),
  ];
}

function secret(name: string, stringData: Record<string, string>, type = "Opaque"): Manifest {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, stringData };
}

/** CloudNativePG takes over a changed password at once only from a secret with this label. */
function roleSecret(role: string, secrets: Secrets): Manifest {
  const login = { username: role, password: secrets.of(`database-password-${role}`) };
  const made = secret(secretNames.role(role), login, "kubernetes.io/basic-auth");
  return { ...made, metadata: { ...made.metadata, labels: { "cnpg.io/reload": "true" } } };
}

function sidecarVariables(app: string, secrets: Secrets): Record<string, string> {
  return {
    COMPONENT_REDIS_HOST: redisAddress,
    COMPONENT_REDIS_USERNAME: app,
    COMPONENT_REDIS_PASSWORD: secrets.of(`redis-password-${app}`),
    COMPONENT_REDIS_DB: "0",
    COMPONENT_REDIS_TLS: "false",
    ...(app === "order" && {
      COMPONENT_WORKFLOW_DATABASE: databaseUrl("workflow", secrets.of("database-password-workflow")),
    }),
  };
}

const userFile = (secrets: Secrets): string =>
  redisUsers(
    services.map(({ id }) => id),
    (user) => secrets.of(`redis-password-${user}`),
  )
    .map((line) => `${line}\n`)
    .join("");

/** The administrator's account may be given; anything else is random. */
function ownVariables(
  names: string[],
  secrets: Secrets,
  env: Record<string, string | undefined>,
): Record<string, string> {
  const value = (name: string): string => {
    switch (name) {
      case "IDENTITY_PRIVATE_KEY":
        return secrets.identityKeys.privateJwk;
      case "ADMIN_EMAIL":
        return env.ADMIN_EMAIL || "admin@sockshop.local";
      default:
        return env[name] || secrets.of(name.toLowerCase().replaceAll("_", "-"));
    }
  };
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

if (import.meta.main) {
  const state = openStateFolder({ SOCKSHOP_STATE: join(repository, ".sockshop", "kubernetes") });
  const manifests = secretManifests(openSecrets(state), process.env);
  process.stdout.write(manifests.map((manifest) => stringify(manifest)).join("---\n"));
  console.error(
    `${manifests.length} secrets. Their values are kept in ${state.secretsFile}: store that file safely.`,
  );
}
