import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { repository } from "../state-folder.ts";
import { alertManifest } from "./alert-manifest.ts";
import { componentManifests, configurationManifests, resiliencyManifest } from "./dapr-manifests.ts";
import { postgresManifests } from "./postgres-manifests.ts";
import { serviceManifests } from "./service-manifests.ts";
import { services } from "./settings.ts";
import type { Manifest } from "./validation.ts";

export const manifestFolder = join(repository, "deploy", "kubernetes");

/** Every file below deploy/kubernetes that is written and not edited, with its text. */
export function renderManifests(): Record<string, string> {
  const files: Record<string, { from: string; manifests: Manifest[] }> = {
    ...Object.fromEntries(
      services.map((service) => [
        `base/services/${service.id}.yaml`,
        { from: "scripts/topology.ts and scripts/kubernetes", manifests: serviceManifests(service) },
      ]),
    ),
    "base/postgres.yaml": {
      from: "scripts/topology.ts and scripts/kubernetes",
      manifests: postgresManifests(),
    },
    "base/dapr/components.yaml": { from: "components", manifests: componentManifests() },
    "base/dapr/configurations.yaml": {
      from: "dapr/config.yaml and dapr/access",
      manifests: configurationManifests(),
    },
    "components/prometheus/rules.yaml": {
      from: "deploy/prometheus/rules.yaml",
      manifests: [alertManifest()],
    },
    "base/dapr/resiliency.yaml": { from: "dapr/resiliency.yaml", manifests: [resiliencyManifest()] },
  };
  return Object.fromEntries(
    Object.entries(files).map(([file, { from, manifests }]) => [
      file,
      `# Written by \`npm run kubernetes:yaml\` from ${from}: edit those.\n${manifests
        .map((manifest) => stringify(manifest, { aliasDuplicateObjects: false, lineWidth: 110 }))
        .join("---\n")}`,
    ]),
  );
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(renderManifests())) {
    mkdirSync(dirname(join(manifestFolder, file)), { recursive: true });
    writeFileSync(join(manifestFolder, file), text);
  }
}
