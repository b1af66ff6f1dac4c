import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ShopFailure } from "../failure.ts";
import type { StateFolder } from "../state-folder.ts";
import { run } from "./commands.ts";
import { buildDaprPart } from "./dapr-build.ts";
import { downloadDaprPart } from "./dapr-download.ts";
import { type DaprPart, daprParts, isCompatible, neededPrograms, pinnedVersion } from "./dapr-version.ts";
import { thisPlatform } from "./release-archive.ts";

export interface Dapr {
  daprd: string;
  placement: string;
  scheduler: string;
  /** Issues certificates; it may be missing where mTLS is off. */
  sentry: string;
  cli: string;
}

type Say = (progress: string) => void;

/** Finds Dapr, or brings it: our own folder, then this machine's, then the official archive, then a build. */
export async function obtainDapr(state: StateFolder, env: NodeJS.ProcessEnv, say: Say): Promise<Dapr> {
  const runtime = await obtainPart("runtime", state, env, say);
  const cli = await obtainPart("cli", state, env, say);
  return {
    daprd: join(runtime, "daprd"),
    placement: join(runtime, "placement"),
    scheduler: join(runtime, "scheduler"),
    sentry: join(runtime, "sentry"),
    cli: join(cli, "dapr"),
  };
}

async function obtainPart(
  part: DaprPart,
  state: StateFolder,
  env: NodeJS.ProcessEnv,
  say: Say,
): Promise<string> {
  const version = pinnedVersion(part);
  if (isInstalled(part, version, state.bin)) return state.bin;
  const onMachine = await findOnMachine(part, version, foldersToSearch(), env);
  if (onMachine) return onMachine;
  await bring(part, version, state, env, say);
  markInstalled(part, version, state.bin);
  return state.bin;
}

async function bring(
  part: DaprPart,
  version: string,
  state: StateFolder,
  env: NodeJS.ProcessEnv,
  say: Say,
): Promise<void> {
  const order = { part, version, folder: state.bin };
  const refusal = await downloadDaprPart(order, {
    baseUrl: env.DAPR_DOWNLOAD_URL,
    platform: thisPlatform(),
    say,
  });
  if (refusal === undefined) return;
  if (await buildDaprPart(order, say)) return;
  throw new ShopFailure(
    `Dapr's ${part} ${version} is not on this machine and could not be downloaded (${refusal}).`,
    part === "runtime"
      ? "Install Go (https://go.dev/dl), with which npm start builds it, or set DAPR_DOWNLOAD_URL to a mirror of https://github.com/dapr. What `dapr init --slim` installs has no sentry, and so no mTLS and no access control between sidecars: it is used with DAPR_MTLS=off only."
      : "Install the Dapr CLI (https://docs.dapr.io/getting-started/install-dapr-cli/), or Go (https://go.dev/dl), with which npm start builds it.",
  );
}

function isInstalled(part: DaprPart, version: string, folder: string): boolean {
  const stamp = join(folder, `${part}.version`);
  const present = daprParts[part].programs.every((program) => existsSync(join(folder, program)));
  return present && existsSync(stamp) && readFileSync(stamp, "utf8").trim() === version;
}

function markInstalled(part: DaprPart, version: string, folder: string): void {
  writeFileSync(join(folder, `${part}.version`), `${version}\n`);
}

/** Dapr's home first: `dapr init` puts the runtime there and nowhere on PATH. */
function foldersToSearch(): string[] {
  return [join(homedir(), ".dapr", "bin"), ...(process.env.PATH ?? "").split(delimiter)].filter(Boolean);
}

/** The first of these folders that holds what a start needs of the part, at a version that serves. */
export async function findOnMachine(
  part: DaprPart,
  version: string,
  folders: string[],
  env: Record<string, string | undefined>,
): Promise<string | undefined> {
  const { probe } = daprParts[part];
  const needed = neededPrograms(part, env);
  for (const folder of new Set(folders)) {
    if (!needed.every((program) => existsSync(join(folder, program)))) continue;
    const { output } = await run(join(folder, probe), ["--version"]);
    const found = /(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? "";
    if (isCompatible(part, found, version)) return folder;
  }
  return undefined;
}
