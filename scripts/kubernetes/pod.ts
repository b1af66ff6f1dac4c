import type { Service, ServiceId } from "../topology.ts";
import {
  databaseUrl,
  ownSecrets,
  postgresCa,
  redisAddress,
  secretNames,
  services,
  sidecarSecrets,
} from "./settings.ts";

export const image = "sockshop-service";
export const labels = (app: string) => ({
  "app.kubernetes.io/name": app,
  "app.kubernetes.io/component": "service",
  "app.kubernetes.io/part-of": "sockshop",
});

// The sidecar outlives its app by this much, the pod both.
const graceSeconds = { endpoints: 5, sidecar: 5, pod: 45 };

/** What Dapr's injector is told about the sidecar; the same as `npm start` tells daprd where both have it. */
export function daprAnnotations(service: Service): Record<string, string> {
  const secrets = sidecarSecrets(service.id).map(
    (name) => `${name}=${secretNames.sidecar(service.id)}:${name}`,
  );
  return {
    "dapr.io/enabled": "true",
    "dapr.io/app-id": service.id,
    "dapr.io/app-port": String(service.port),
    "dapr.io/app-protocol": "http",
    "dapr.io/config": service.id,
    "dapr.io/api-token-secret": secretNames.daprToken(service.id),
    "dapr.io/app-token-secret": secretNames.appToken(service.id),
    "dapr.io/env-from-secret": secrets.join(","),
    // Each sidecar knows its own components' secrets; none may ask Kubernetes for others.
    "dapr.io/disable-builtin-k8s-secret-store": "true",
    ...(service.id === "order" && { "dapr.io/volume-mounts": `${postgresCa.volume}:${postgresCa.folder}` }),
    "dapr.io/log-as-json": "true",
    "dapr.io/log-level": "info",
    // Room for the signed identity that the gateway passes on.
    "dapr.io/read-buffer-size": "16Ki",
    // An init container that keeps running: it is there before its app, and until after it.
    "dapr.io/enable-native-sidecar": "true",
    "dapr.io/graceful-shutdown-seconds": String(graceSeconds.sidecar),
    "dapr.io/sidecar-cpu-request": "50m",
    "dapr.io/sidecar-cpu-limit": "1",
    "dapr.io/sidecar-memory-request": "96Mi",
    "dapr.io/sidecar-memory-limit": "256Mi",
    "dapr.io/sidecar-seccomp-profile-type": "RuntimeDefault",
  };
}

export function podSpec(service: Service) {
  return {
    serviceAccountName: service.id,
    automountServiceAccountToken: false,
    // A Service called gateway would put GATEWAY_PORT and its like into every environment.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds.pod,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "app.kubernetes.io/name": service.id } },
      }),
    ),
    containers: [container(service)],
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      {
        name: postgresCa.volume,
        // The certificate alone: the secret holds the CA's private key too.
        secret: { secretName: "postgres-ca", items: [{ key: "ca.crt", path: "ca.crt" }] },
      },
    ],
  };
}

function container(service: Service) {
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 3 });
  return {
    name: service.id,
    image,
    command: ["node", `services/${service.id}/src/main.ts`],
    workingDir: "/shop",
    ports: [{ name: "http", containerPort: service.port }],
    envFrom: [{ configMapRef: { name: "shop-settings" } }],
    env: environment(service),
    // Migrations run before a service listens, one instance after the other.
    startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 3, failureThreshold: 2 },
    livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 3 },
    // Until everyone has heard that this instance is going.
    lifecycle: { preStop: { sleep: { seconds: graceSeconds.endpoints } } },
    resources: { requests: { cpu: "100m", memory: "160Mi" }, limits: { cpu: "1", memory: "384Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      { name: postgresCa.volume, mountPath: postgresCa.folder, readOnly: true },
    ],
  };
}

type Variable = { name: string; value: string } | { name: string; valueFrom: { secretKeyRef: SecretKey } };
type SecretKey = { name: string; key: string };

/** Dapr's injector adds DAPR_HTTP_PORT and DAPR_GRPC_PORT. */
function environment({ id, port, database }: Service): Variable[] {
  return [
    { name: "NODE_ENV", value: "production" },
    { name: "APP_ID", value: id },
    // Probes come from outside the pod; everything else needs the token.
    { name: "APP_HOST", value: "0.0.0.0" },
    { name: "APP_PORT", value: String(port) },
    fromSecret("DAPR_API_TOKEN", secretNames.daprToken(id), "token"),
    fromSecret("APP_API_TOKEN", secretNames.appToken(id), "token"),
    fromSecret("METRICS_TOKEN", secretNames.metricsToken, "token"),
    fromSecret("IDENTITY_PUBLIC_KEY", secretNames.identityKey, "IDENTITY_PUBLIC_KEY"),
    ...databaseVariables("DATABASE", database),
    ...(ownSecrets[id] ?? []).map((name) => fromSecret(name, secretNames.own(id), name)),
    ...ownVariables(id),
  ];
}

function ownVariables(id: ServiceId): Variable[] {
  if (id === "payment") return databaseVariables("PROVIDER_DATABASE", "provider");
  if (id === "monitoring")
    return [
      { name: "WATCHED_APPS", value: services.map((service) => service.id).join(",") },
      { name: "REDIS_ADDRESS", value: redisAddress },
    ];
  return [];
}

const databaseVariables = (name: string, database: string): Variable[] => [
  fromSecret(`${name}_PASSWORD`, secretNames.role(database), "password"),
  { name: `${name}_URL`, value: databaseUrl(database, `$(${name}_PASSWORD)`) },
];

const fromSecret = (variable: string, secret: string, key: string): Variable => ({
  name: variable,
  valueFrom: { secretKeyRef: { name: secret, key } },
});
