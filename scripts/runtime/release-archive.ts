import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ShopFailure } from "../failure.ts";
import { run } from "./commands.ts";

export interface Platform {
  os: string;
  arch: string;
}

export const thisPlatform = (): Platform => ({ os: process.platform, arch: process.arch });

/** One published archive, and which programs are wanted of it. */
export interface ReleaseArchive {
  url: string;
  /** A file with the checksum alone, or with a line for each archive of the release. */
  checksumUrl: string;
  /** Paths inside the archive. */
  programs: string[];
  /** The setting that names a mirror, for whoever is told that a checksum does not fit. */
  mirrorSetting: string;
}

export interface Download {
  say: (progress: string) => void;
  /** How long the other side may keep silent; 15 s. */
  patienceMs?: number;
}

const systems: Record<string, string> = { linux: "linux", darwin: "darwin" };
const processors: Record<string, string> = { x64: "amd64", arm64: "arm64" };

/** The platform as Go releases name it, such as `linux`, `amd64`; undefined where none are made. */
export function goPlatform({ os, arch }: Platform): { system: string; processor: string } | undefined {
  const [system, processor] = [systems[os], processors[arch]];
  return system && processor ? { system, processor } : undefined;
}

/** Puts the programs of all these archives into the folder, or none; returns why it could not, or undefined. */
export async function installFromArchives(
  archives: ReleaseArchive[],
  folder: string,
  download: Download,
): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, "download-"));
  try {
    for (const archive of archives) {
      const file = join(scratch, nameOf(archive.url));
      await fetchArchive(archive, file, download);
      for (const program of archive.programs) await unpack(file, program, scratch);
    }
    for (const program of archives.flatMap(({ programs }) => programs))
      renameSync(join(scratch, program), join(folder, basename(program)));
    return undefined;
  } catch (error) {
    if (error instanceof ShopFailure) throw error;
    return error instanceof Error ? reasonOf(error) : String(error);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const nameOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

async function fetchArchive(archive: ReleaseArchive, file: string, download: Download): Promise<void> {
  const { url, checksumUrl, mirrorSetting } = archive;
  const name = nameOf(url);
  const patienceMs = download.patienceMs ?? 15_000;
  const expected = checksumIn((await fetchBody(checksumUrl, patienceMs, () => {})).toString(), name);
  if (!expected) throw new Error(`${checksumUrl} holds no checksum of ${name}`);
  const body = await fetchBody(url, patienceMs, (megabytes) =>
    download.say(`downloading ${name}: ${megabytes} MB`),
  );
  const actual = createHash("sha256").update(body).digest("hex");
  if (actual !== expected) {
    throw new ShopFailure(
      `The archive ${url} has the checksum ${actual}, not the published ${expected}, so it was not installed.`,
      `Try again; if it stays so, do not trust this download: check ${mirrorSetting}, or install it yourself.`,
    );
  }
  writeFileSync(file, body);
}

function checksumIn(published: string, name: string): string | undefined {
  const lines = published.trim().split("\n");
  const line = lines.length === 1 ? lines[0] : lines.find((one) => one.trim().endsWith(` ${name}`));
  return /\b[0-9a-f]{64}\b/i.exec(line ?? "")?.[0]?.toLowerCase();
}

/** Gives up when nothing arrives for a while, so that a network which swallows packets does not hold the start up. */
async function fetchBody(
  url: string,
  patienceMs: number,
  progress: (megabytes: number) => void,
): Promise<Buffer> {
  const patience = { url, ms: patienceMs, abort: new AbortController() };
  const response = await withinPatience(fetch(url, { signal: patience.abort.signal }), patience);
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await withinPatience(reader.read(), patience);
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
    size += value.length;
    progress(Math.floor(size / 1_000_000));
  }
}

type Patience = { url: string; ms: number; abort: AbortController };

async function withinPatience<T>(work: Promise<T>, { url, ms, abort }: Patience): Promise<T> {
  const done = new AbortController();
  const silence = pause(ms, undefined, { signal: done.signal }).then(
    () => {
      abort.abort();
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
