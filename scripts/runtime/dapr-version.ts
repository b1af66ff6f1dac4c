import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../state-folder.ts";

/** Dapr comes in two parts with versions of their own; both are pinned by their go.mod. */
export const daprParts = {
  runtime: {
    programs: ["daprd", "placement", "scheduler", "sentry"],
    probe: "daprd",
    module: "github.com/dapr/dapr",
  },
  cli: { programs: ["dapr"], probe: "dapr", module: "github.com/dapr/cli" },
} as const;
export type DaprPart = keyof typeof daprParts;

/** The programs that a start needs of a part: `sentry`, which `dapr init` never installs, unless mTLS is off. */
export function neededPrograms(part: DaprPart, env: Record<string, string | undefined>): string[] {
  return daprParts[part].programs.filter((program) => program !== "sentry" || env.DAPR_MTLS !== "off");
}

/** The version in the part's go.mod, without its v. */
export function pinnedVersion(part: DaprPart): string {
  const file = join(repository, "dapr", part, "go.mod");
  const version = new RegExp(`${daprParts[part].module} v(\\S+)`).exec(readFileSync(file, "utf8"))?.[1];
  if (!version) throw new Error(`${file} does not name ${daprParts[part].module}`);
  return version;
}

/** A runtime serves when it is of the pinned minor version, a CLI when of the pinned major one; neither older. */
export function isCompatible(part: DaprPart, found: string, pinned: string): boolean {
  const [foundMajor, foundMinor = -1, foundPatch = -1] = found.split(".").map(Number);
  const [major, minor = 0, patch = 0] = pinned.split(".").map(Number);
  if (foundMajor !== major) return false;
  if (foundMinor === minor) return foundPatch >= patch;
  return part === "cli" && foundMinor > minor;
}
