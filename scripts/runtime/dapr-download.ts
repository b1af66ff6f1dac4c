import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ShopFailure } from "../failure.ts";
import { run } from "./commands.ts";
import { type DaprPart, daprParts } from "./dapr-version.ts";

export interface Platform {
  os: string;
  arch: string;
}

export interface DaprOrder {
  part: DaprPart;
  version: string;
  folder: string;
}

interface Download {
  /** A mirror with the layout of https://github.com/dapr, or another server that stands in for it. */
  baseUrl?: string | undefined;
  platform: Platform;
  say: (progress: string) => void;
}

const systems: Record<string, string> = { linux: "linux", darwin: "darwin" };
const processors: Record<string, string> = { x64: "amd64", arm64: "arm64" };

/** The name of a release archive, such as daprd_linux_amd64.tar.gz; undefined where Dapr releases none. */
export function archiveName(program: string, { os, arch }: Platform): string | undefined {
  const system = systems[os];
  const processor = processors[arch];
  return system && processor ? `${program}_${system}_${processor}.tar.gz` : undefined;
}

/** Installs a part from its release archives; returns why it could not, or undefined when it is there. */
export async function downloadDaprPart(order: DaprOrder, download: Download): Promise<string | undefined> {
  const repositoryName = order.part === "cli" ? "cli" : "dapr";
  const base = (download.baseUrl || "https://github.com/dapr").replace(/\/$/, "");
  const release = `${base}/${repositoryName}/releases/download/v${order.version}`;
  const scratch = mkdtempSync(join(order.folder, "download-"));
  try {
    for (const program of daprParts[order.part].programs) {
      const archive = archiveName(program, download.platform);
      if (!archive) return `there is no archive for ${download.platform.os} on ${download.platform.arch}`;
      await fetchArchive(`${release}/${archive}`, join(scratch, archive), download.say);
      await unpack(join(scratch, archive), program, scratch);
    }
    for (const program of daprParts[order.part].programs) {
      renameSync(join(scratch, program), join(order.folder, program));
    }
    return undefined;
  } catch (error) {
    if (error instanceof ShopFailure) throw error;
    return error instanceof Error ? reasonOf(error) : String(error);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function fetchArchive(url: string, file: string, say: Download["say"]): Promise<void> {
  const published = await fetchBody(`${url}.sha256`, () => {});
  const expected = /\b[0-9a-f]{64}\b/i.exec(published.toString())?.[0]?.toLowerCase();
  if (!expected) throw new Error(`${url}.sha256 holds no checksum`);
  const name = url.slice(url.lastIndexOf("/") + 1);
  const body = await fetchBody(url, (megabytes) => say(`downloading ${name}: ${megabytes} MB`));
  const actual = createHash("sha256").update(body).digest("hex");
  if (actual !== expected) {
    throw new ShopFailure(
      `The archive ${url} has the checksum ${actual}, not the published ${expected}, so it was not installed.`,
      "Try again; if it stays so, do not trust this download: check DAPR_DOWNLOAD_URL, or install Dapr yourself.",
    );
  }
  writeFileSync(file, body);
}

/** Gives up when nothing arrives for 15 s, so that a network which swallows packets does not hold the start up. */
async function fetchBody(url: string, progress: (megabytes: number) => void): Promise<Buffer> {
  const patience = new AbortController();
  const response = await withinPatience(fetch(url, { signal: patience.signal }), patience, url);
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await withinPatience(reader.read(), patience, url);
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
    size += value.length;
    progress(Math.floor(size / 1_000_000));
  }
}

async function withinPatience<T>(work: Promise<T>, patience: AbortController, url: string): Promise<T> {
  const done = new AbortController();
  const silence = pause(15_000, undefined, { signal: done.signal }).then(
    () => {
      patience.abort();
      throw new Error(`${url} did not answer`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work, silence]);
  } finally {
    done.abort();
  }
}

async function unpack(archive: string, program: string, folder: string): Promise<void> {
  const { code, output } = await run("tar", ["-xzf", archive, "-C", folder, program]);
  if (code !== 0) throw new Error(`tar could not unpack ${archive}: ${output.trim()}`);
  chmodSync(join(folder, program), 0o755);
  if (readFileSync(join(folder, program)).length === 0)
    throw new Error(`${archive} holds an empty ${program}`);
}

/** fetch hides the useful half of a network error in its cause. */
function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : "";
  return cause ? `${error.message}: ${cause}` : error.message;
}
