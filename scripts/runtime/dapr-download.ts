import { type DaprPart, daprParts } from "./dapr-version.ts";
import { type Download, goPlatform, installFromArchives, type Platform } from "./release-archive.ts";

export interface DaprOrder {
  part: DaprPart;
  version: string;
  folder: string;
}

interface DaprDownload extends Download {
  /** A mirror with the layout of https://github.com/dapr, or another server that stands in for it. */
  baseUrl?: string | undefined;
  platform: Platform;
}

/** The name of a release archive, such as daprd_linux_amd64.tar.gz; undefined where Dapr releases none. */
export function archiveName(program: string, platform: Platform): string | undefined {
  const named = goPlatform(platform);
  return named && `${program}_${named.system}_${named.processor}.tar.gz`;
}

/** Installs a part from its release archives; returns why it could not, or undefined when it is there. */
export async function downloadDaprPart(
  order: DaprOrder,
  download: DaprDownload,
): Promise<string | undefined> {
  const { platform } = download;
  if (!goPlatform(platform)) return `there is no archive for ${platform.os} on ${platform.arch}`;
  const repositoryName = order.part === "cli" ? "cli" : "dapr";
  const base = (download.baseUrl || "https://github.com/dapr").replace(/\/$/, "");
  const release = `${base}/${repositoryName}/releases/download/v${order.version}`;
  const archives = daprParts[order.part].programs.map((program) => {
    const url = `${release}/${archiveName(program, platform)}`;
    return { url, checksumUrl: `${url}.sha256`, programs: [program], mirrorSetting: "DAPR_DOWNLOAD_URL" };
  });
  return installFromArchives(archives, order.folder, download);
}
