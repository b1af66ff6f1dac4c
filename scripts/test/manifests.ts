import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { secretManifests } from "../kubernetes/secrets.ts";
import type { Manifest } from "../kubernetes/validation.ts";
import { manifestFolder } from "../kubernetes/write-manifests.ts";
import { openSecrets } from "../runtime/secrets.ts";
import { openStateFolder } from "../state-folder.ts";

export const read = (text: string) =>
  parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 0 }) as Manifest);
export const files = readdirSync(manifestFolder, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".yaml") && !name.startsWith("overlays"),
);
const inFile = (file: string) => read(readFileSync(join(manifestFolder, file), "utf8"));
export const manifests = files
  .filter((file) => !file.endsWith("kustomization.yaml"))
  .flatMap((file) => inFile(file).map((manifest) => ({ file, manifest })));
export type Pod = {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    automountServiceAccountToken: boolean;
    securityContext: object;
    containers: {
      name: string;
      image: string;
      ports: { name: string; containerPort: number }[];
      env?: { name: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
      securityContext: object;
      resources: object;
    }[];
    volumes: { secret?: { secretName: string } }[];
  };
};
export const ofKind = (kind: string) =>
  manifests.filter(({ manifest }) => manifest.kind === kind).map(({ manifest }) => manifest);
export function named(kind: string, name: string): Manifest & { spec: object } {
  const found = ofKind(kind).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found as Manifest & { spec: object };
}
export const podOf = (workload: Manifest): Pod => (workload.spec as { template: Pod }).template;
export const workloads = [...ofKind("Deployment"), ...ofKind("StatefulSet")];

const state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-secrets-")) });
/** What `npm run kubernetes:secrets` makes. */
export const secrets = secretManifests(openSecrets(state), {}) as (Manifest & {
  stringData: Record<string, string>;
})[];
rmSync(state.root, { recursive: true });
