import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { pinnedVersion } from "../runtime/dapr-version.ts";
import { type JsonSchema, strictly } from "./strict-schema.ts";
import { schemaFolder } from "./validation.ts";

/**
 * `npm run kubernetes:schemas`: takes the schemas of every kind that deploy/kubernetes uses from the Go modules of the
 * projects that own them, and keeps them there, strict and without descriptions. Wants Go, and is run when a version changes.
 */
const sources = [
  {
    file: "kubernetes",
    module: "k8s.io/kubernetes@v1.36.3",
    openApi: {
      api__v1: ["Namespace", "ServiceAccount", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim"],
      apis__apps__v1: ["Deployment", "StatefulSet"],
      apis__autoscaling__v2: ["HorizontalPodAutoscaler"],
      "apis__networking.k8s.io__v1": ["NetworkPolicy"],
      apis__policy__v1: ["PodDisruptionBudget"],
    },
  },
  { file: "dapr", module: `github.com/dapr/dapr@v${pinnedVersion("runtime")}`, crds: "charts/dapr/crds" },
  {
    file: "cloudnative-pg",
    module: "github.com/cloudnative-pg/cloudnative-pg@v1.30.1",
    crds: "config/crd/bases",
  },
  {
    file: "prometheus-operator",
    module: "github.com/prometheus-operator/prometheus-operator@v0.92.1",
    crds: "example/prometheus-operator-crd",
  },
  { file: "gateway-api", module: "sigs.k8s.io/gateway-api@v1.6.3", crds: "config/crd/standard" },
] as const;

const used = new Set([
  ...["Component", "Configuration", "Resiliency", "Subscription"],
  ...["Cluster", "Database", "ScheduledBackup", "PodMonitor", "PrometheusRule", "Gateway", "HTTPRoute"],
]);

type Schemas = Record<string, JsonSchema>;
type OpenApi = { components: { schemas: Record<string, OpenApiSchema> } };
type OpenApiSchema = JsonSchema & {
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
};
type CustomResource = {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: JsonSchema } }[];
  };
};

function folderOf(module: string): string {
  const answer = execFileSync("go", ["mod", "download", "-json", module], { encoding: "utf8" });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

/** Kubernetes' own kinds; what they refer to goes beside them under `definitions`. */
function builtIn(
  folder: string,
  kinds: Record<string, readonly string[]>,
): { schemas: Schemas; definitions: Schemas } {
  const schemas: Schemas = {};
  const definitions: Schemas = {};
  for (const [api, wanted] of Object.entries(kinds)) {
    const file = join(folder, "api", "openapi-spec", "v3", `${api}_openapi.json`);
    const all = (JSON.parse(readFileSync(file, "utf8")) as OpenApi).components.schemas;
    const keep = (name: string): void => {
      if (definitions[name]) return;
      definitions[name] = strictly(all[name] ?? {});
      for (const [, next] of JSON.stringify(all[name]).matchAll(/#\/components\/schemas\/([^"]+)/g))
        if (next) keep(next);
    };
    for (const [name, schema] of Object.entries(all)) {
      for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
        if (!wanted.includes(kind)) continue;
        keep(name);
        schemas[`${group ? `${group}/` : ""}${version}/${kind}`] = { $ref: `#/definitions/${name}` };
      }
    }
  }
  return { schemas, definitions };
}

/** The kinds of an operator, from its custom resource definitions. */
function custom(folder: string): Schemas {
  const schemas: Schemas = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    for (const document of parseAllDocuments(readFileSync(join(folder, file), "utf8"))) {
      const { spec } = (document.toJS() ?? {}) as Partial<CustomResource>;
      if (!spec?.versions || !used.has(spec.names.kind)) continue;
      for (const { name, served, schema } of spec.versions)
        if (served) schemas[`${spec.group}/${name}/${spec.names.kind}`] = strictly(schema.openAPIV3Schema);
    }
  }
  return schemas;
}

for (const source of sources) {
  const folder = folderOf(source.module);
  const taken =
    "crds" in source ? { schemas: custom(join(folder, source.crds)) } : builtIn(folder, source.openApi);
  const file = join(schemaFolder, `${source.file}.json`);
  writeFileSync(file, `${JSON.stringify({ source: source.module, ...taken })}\n`);
  console.log(`${file}: ${Object.keys(taken.schemas).join(", ")}`);
}

const annotations = readFileSync(
  join(folderOf(sources[1].module), "pkg", "injector", "annotations", "annotations.go"),
  "utf8",
);
const known = [...annotations.matchAll(/"(dapr\.io\/[a-z0-9-]+)"/g)].map(([, name]) => name);
writeFileSync(
  join(schemaFolder, "dapr-annotations.json"),
  `${JSON.stringify({ source: sources[1].module, annotations: known })}\n`,
);
