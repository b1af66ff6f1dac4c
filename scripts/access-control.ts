import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Call, callsBetween } from "@sockshop/contracts/calls.ts";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import { readTopology } from "./topology.ts";

const heading = (app: string) => `# Who may call ${app}, and what: everything else its sidecar refuses.
# Written by \`npm run dapr:yaml\` from services/contracts/src/calls.ts. It needs mTLS: only a certificate says who calls.
`;

/** The Configuration that lets through to one app the calls which others really make. */
export function renderAccessControl(app: string, appIds: readonly string[]): string {
  const calls = callsBetween(appIds).filter(({ to }) => to === app);
  const callers = [...new Set(calls.map(({ from }) => from))].sort();
  const policies = callers.map((caller) => ({
    appId: caller,
    defaultAction: "deny",
    trustDomain: "public",
    namespace: "default",
    operations: operationsOf(calls.filter(({ from }) => from === caller)),
  }));
  return (
    heading(app) +
    stringify({
      apiVersion: "dapr.io/v1alpha1",
      kind: "Configuration",
      metadata: { name: `access-to-${app}` },
      spec: { accessControl: { defaultAction: "deny", trustDomain: "public", policies } },
    })
  );
}

/**
 * How daprd reads an operation's name (pkg/config/acl_trie.go of 1.18): one without `*` stands for everything below it too
 * and hides longer ones, so where there are longer ones it is written with a `*` at its end, which stands for one segment
 * or none. Within a name one segment is `**`. The first name that fits is taken, and a name counts once.
 */
function operationsOf(calls: Call[]) {
  const paths = [...new Set(calls.map(({ path }) => segmentsOf(path).join("/")))];
  const nameOf = (path: string) =>
    paths.some((other) => other.startsWith(`${path}/`)) && !path.endsWith("*") ? `${path}/*` : path;
  const names = [...new Set(paths.map(nameOf))].sort(literalsFirst);
  return names.map((name) => ({
    name: `/${name}`,
    httpVerb: [
      ...new Set(
        calls.filter(({ path }) => nameOf(segmentsOf(path).join("/")) === name).map(({ verb }) => verb),
      ),
    ].sort(),
    action: "allow",
  }));
}

function segmentsOf(path: string): string[] {
  const segments = path.split("/").slice(1);
  return segments.map((segment, index) => {
    if (!segment.startsWith(":")) return segment;
    return index === segments.length - 1 ? "*" : "**";
  });
}

function literalsFirst(one: string, other: string): number {
  const [left, right] = [one.split("/"), other.split("/")];
  const rank = (segment = "") => ["*", "**"].indexOf(segment);
  for (const [index, segment] of left.entries()) {
    const difference = rank(segment) - rank(right[index]) || segment.localeCompare(right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export const accessFolder = join(repository, "dapr", "access");

/** Writes a file for each app; a start does so too, so that a route just added is open at once. */
export function writeAccessControl(folder: string, appIds: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const app of appIds) writeFileSync(join(folder, `${app}.yaml`), renderAccessControl(app, appIds));
}

if (import.meta.main)
  writeAccessControl(
    accessFolder,
    readTopology({}).services.map(({ id }) => id),
  );
