import { join } from "node:path";
import { ShopFailure } from "../failure.ts";
import { findProgram } from "./commands.ts";
import { installWithPackageManager } from "./package-manager.ts";
import { type Download, goPlatform, installFromArchives, type Platform } from "./release-archive.ts";

/** Two releases of one project; each has its server and the tool that checks its configuration. */
export const telemetryParts = {
  prometheus: { version: "3.16.0", tool: "promtool", debian: "prometheus" },
  alertmanager: { version: "0.35.0", tool: "amtool", debian: "prometheus-alertmanager" },
} as const;
export type TelemetryPart = keyof typeof telemetryParts;

export type Search = {
  part: TelemetryPart;
  /** Our own folder, looked into first and filled by what is brought. */
  folder: string;
  env: NodeJS.ProcessEnv;
  platform: Platform;
  download: Download;
};

const packageFolders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The server's path: in our own folder, on PATH, from the release archive, or from the package manager. Throws a ShopFailure. */
export async function obtainTelemetryPart(search: Search): Promise<string> {
  const found = findTelemetryPart(search);
  if (found) return found;
  const noArchive = await downloadTelemetryPart(search);
  if (noArchive === undefined) return join(search.folder, search.part);
  const names = { brew: search.part, debian: telemetryParts[search.part].debian };
  const noPackage = await installWithPackageManager(names, search.download.say);
  const brought = findTelemetryPart(search);
  if (brought) return brought;
  const { part } = search;
  const { version, debian } = telemetryParts[part];
  throw new ShopFailure(
    `${part} is not on this machine, ${part} ${version} could not be downloaded (${noArchive}), and ${noPackage}.`,
    process.platform === "darwin"
      ? `Run: brew install ${part}`
      : `Run: sudo apt-get install ${debian} (or your system's equivalent), or put ${part} on PATH.`,
  );
}

/** Debian calls Alertmanager by another name. */
function findTelemetryPart({ part, folder }: Pick<Search, "part" | "folder">): string | undefined {
  const names = new Set([part, telemetryParts[part].debian]);
  return [...names]
    .map((name) => findProgram(name, [folder, ...packageFolders]))
    .find((path) => path !== undefined);
}

/** Returns why there is no release archive, or undefined when its programs are in the folder. */
export async function downloadTelemetryPart(search: Search): Promise<string | undefined> {
  const { part, platform, env, folder, download } = search;
  const named = goPlatform(platform);
  if (!named) return `there is no archive for ${platform.os} on ${platform.arch}`;
  const { version, tool } = telemetryParts[part];
  const base = (env.PROMETHEUS_DOWNLOAD_URL || "https://github.com/prometheus").replace(/\/$/, "");
  const release = `${base}/${part}/releases/download/v${version}`;
  const name = `${part}-${version}.${named.system}-${named.processor}`;
  const archive = {
    url: `${release}/${name}.tar.gz`,
    checksumUrl: `${release}/sha256sums.txt`,
    programs: [`${name}/${part}`, `${name}/${tool}`],
    mirrorSetting: "PROMETHEUS_DOWNLOAD_URL",
  };
  return installFromArchives([archive], folder, download);
}
