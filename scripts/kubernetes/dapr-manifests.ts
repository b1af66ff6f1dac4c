import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../state-folder.ts";
import { namespace, services } from "./settings.ts";
import type { Manifest } from "./validation.ts";

type Spec = Record<string, unknown>;
type Resource = Manifest & { spec: Spec };

const read = (...path: string[]): Resource => parse(readFileSync(join(repository, ...path), "utf8"));

/** The components as they are locally: what differs, hosts and passwords, comes from each sidecar's environment. */
export const componentManifests = (): Manifest[] =>
  readdirSync(join(repository, "components"))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => read("components", name));

export const resiliencyManifest = (): Manifest => read("dapr", "resiliency.yaml");

/** One configuration an app: daprd takes a list of them locally, and the name of one here. */
export function configurationManifests(): Manifest[] {
  const common = read("dapr", "config.yaml");
  // Here sidecars find each other by the cluster's own DNS.
  const { nameResolution: _local, tracing: _elsewhere, ...spec } = common.spec;
  return services.map(({ id }) => ({
    apiVersion: common.apiVersion,
    kind: common.kind,
    metadata: { name: id },
    spec: { ...spec, ...inThisNamespace(read("dapr", "access", `${id}.yaml`).spec) },
  }));
}

/** A caller is known by its app-id and its namespace. */
const inThisNamespace = (spec: Spec): Spec =>
  JSON.parse(JSON.stringify(spec).replaceAll('"namespace":"default"', `"namespace":"${namespace}"`));
