import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ProcessSpec } from "../processes.ts";
import { findProgram, lastLines, run } from "./commands.ts";

const version = "3.5.1";
const jar = `zipkin-server-${version}-exec.jar`;
const sha256 = "7ac633a6832647e71e50012a5e3e91fbc7054414955261724526030faf271d8d";
const oldestJava = 17;

type Say = (progress: string) => void;

/** A Java that can run Zipkin: JAVA_HOME's, else the one on PATH. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const java = findProgram("java", env.JAVA_HOME ? [join(env.JAVA_HOME, "bin")] : []);
  if (!java) return undefined;
  const { output } = await run(java, ["-version"]);
  return Number(/version "(\d+)/.exec(output)?.[1] ?? 0) >= oldestJava ? java : undefined;
}

export type JarOrder = {
  /** Where it is kept for every later start. */
  folder: string;
  /** A Maven repository to download from where there is no Maven. */
  baseUrl: string | undefined;
  /** Stops the bringing. */
  signal: AbortSignal;
  say: Say;
  /** For tests; the published one otherwise. */
  expected?: string;
};

/** Zipkin's executable jar: kept from before, else by Maven with the user's own settings, else downloaded. Throws why it cannot be had. */
export async function obtainZipkin(order: JarOrder): Promise<string> {
  const file = join(order.folder, jar);
  if (existsSync(file)) return file;
  const scratch = mkdtempSync(join(order.folder, "zipkin-"));
  try {
    const maven = findProgram("mvn");
    if (order.baseUrl) await download(order.baseUrl, join(scratch, jar), order);
    else if (maven) await copyWithMaven(maven, scratch, order);
    else throw new Error("there is no Maven (mvn) on PATH to bring it, and ZIPKIN_DOWNLOAD_URL is not set");
    const actual = await checksum(join(scratch, jar));
    const expected = order.expected ?? sha256;
    if (actual !== expected)
      throw new Error(`${jar} has the checksum ${actual}, not ${expected}, so it was not installed`);
    renameSync(join(scratch, jar), file);
    return file;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function copyWithMaven(maven: string, folder: string, { say, signal }: JarOrder): Promise<void> {
  say("Maven brings Zipkin (131 MB, the first time)");
  const artifact = `-Dartifact=io.zipkin:zipkin-server:${version}:jar:exec`;
  const goal = ["-B", "dependency:copy", artifact, `-DoutputDirectory=${folder}`];
  const { code, output } = await run(maven, goal, { signal, cwd: folder });
  if (code !== 0) throw new Error(`Maven could not bring it: ${lastLines(output, 1)}`);
}

async function download(baseUrl: string, file: string, { say, signal }: JarOrder): Promise<void> {
  const url = `${baseUrl.replace(/\/+$/, "")}/io/zipkin/zipkin-server/${version}/${jar}`;
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      say(`downloading Zipkin: ${Math.floor(bytes / 1_000_000)} MB`);
      yield chunk;
    }
  };
  await pipeline(Readable.fromWeb(response.body as never), counted, createWriteStream(file), { signal });
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** Zipkin with its traces in memory, on loopback. */
export function zipkinProcess({
  java,
  file,
  port,
}: {
  java: string;
  file: string;
  port: number;
}): ProcessSpec {
  const listen = { port, address: "127.0.0.1", "protocols[0]": "http" };
  return {
    name: "zipkin",
    command: java,
    args: [
      "-Xmx256m",
      "-jar",
      file,
      ...Object.entries(listen).map(([name, value]) => `--armeria.ports[0].${name}=${value}`),
    ],
    // The oldest traces go first; an order makes about 300 spans.
    env: { ...process.env, MEM_MAX_SPANS: "100000" },
    stopPatienceMs: 2_000,
  };
}
