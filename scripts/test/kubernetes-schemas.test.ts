import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { services } from "../kubernetes/settings.ts";
import { openValidator, schemaFolder } from "../kubernetes/validation.ts";
import { manifestFolder } from "../kubernetes/write-manifests.ts";
import { manifests, named, podOf, read, secrets } from "./manifests.ts";

const faults = openValidator();

test("every manifest holds to its kind's own schema, with no field that it does not know", () => {
  expect(manifests.length).toBeGreaterThan(40);
  for (const { file, manifest } of [
    ...manifests,
    ...secrets.map((secret) => ({ file: "secrets", manifest: secret })),
  ])
    expect([file, manifest.kind, manifest.metadata.name, faults(manifest)]).toEqual([
      file,
      manifest.kind,
      manifest.metadata.name,
      [],
    ]);
});

const spoilt: [string, string, string, { spec?: object; metadata?: object }][] = [
  ["Deployment", "catalog", "a misspelt field", { spec: { replica: 2 } }],
  ["Deployment", "catalog", "text for a number", { spec: { minReadySeconds: "5" } }],
  ["Deployment", "catalog", "no selector", { spec: { selector: undefined } }],
  ["Component", "pubsub", "metadata without a name", { spec: { metadata: [{ value: "1" }] } }],
  ["Component", "pubsub", "an unknown field of metadata", { metadata: { nam: "x" } }],
  ["Configuration", "order", "an unknown setting", { spec: { retention: "1h" } }],
  ["Resiliency", "sockshop", "an unknown sort of target", { spec: { targets: { app: {} } } }],
  ["Cluster", "postgres", "text for a number", { spec: { instances: "three" } }],
  ["Database", "catalog", "a misspelt owner", { spec: { ownr: "x" } }],
  ["PodMonitor", "services", "a misspelt port", { spec: { podMetricsEndpoints: [{ prt: "x" }] } }],
  [
    "PrometheusRule",
    "sockshop",
    "a rule without an expression",
    { spec: { groups: [{ name: "x", rules: [{}] }] } },
  ],
  ["HTTPRoute", "shop", "a backend without a name", { spec: { rules: [{ backendRefs: [{ port: 1 }] }] } }],
  ["NetworkPolicy", "services", "rules under another name", { spec: { ingres: [] } }],
  ["Service", "gateway", "labels that are no text", { metadata: { labels: { a: 1 } } }],
];
test.each(spoilt)("%s %s with %s is refused", (kind, name, _what, { spec, metadata }) => {
  const manifest = structuredClone(named(kind, name));
  expect(faults(manifest)).toEqual([]);
  Object.assign(manifest.spec, spec);
  Object.assign(manifest.metadata, metadata);
  expect(faults(manifest)).not.toEqual([]);
});

test("Dapr knows every annotation that we give its sidecars", () => {
  const known = JSON.parse(readFileSync(join(schemaFolder, "dapr-annotations.json"), "utf8")).annotations;
  for (const { id } of services)
    expect([
      id,
      Object.keys(podOf(named("Deployment", id)).metadata.annotations ?? {}).filter(
        (name) => !known.includes(name),
      ),
    ]).toEqual([id, []]);
});

const kustomize = ["kubectl", "kustomize"].find(
  (command) => spawnSync(command, ["version", "--client"]).status === 0,
);
test.skipIf(!kustomize)(
  "the overlays can be built by Kustomize, and hold to the schemas too",
  { timeout: 60_000 },
  () => {
    for (const overlay of readdirSync(join(manifestFolder, "overlays"))) {
      const folder = join(manifestFolder, "overlays", overlay);
      const text = execFileSync(kustomize ?? "", [kustomize === "kubectl" ? "kustomize" : "build", folder], {
        encoding: "utf8",
      });
      const built = read(text);
      expect(built.length).toBeGreaterThan(40);
      for (const manifest of built) {
        expect([overlay, manifest.kind, manifest.metadata.name, faults(manifest)]).toEqual([
          overlay,
          manifest.kind,
          manifest.metadata.name,
          [],
        ]);
        if (manifest.kind !== "Namespace") expect(manifest.metadata.namespace).toBe("sockshop");
      }
      for (const { spec } of built.filter(({ kind }) => kind === "Deployment").map(podOf))
        expect(spec.containers[0]?.image).toMatch(/:\d+\.\d+\.\d+$/);
    }
  },
);
