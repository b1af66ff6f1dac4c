import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { archiveName, downloadDaprPart } from "../runtime/dapr-download.ts";

let folder: string;
let server: Server;
let files: Map<string, Buffer>;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sockshop-download-"));
  files = new Map();
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = files.get(request.url ?? "");
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const release = "/cli/releases/download/v9.9.9";
const order = () => ({ part: "cli" as const, version: "9.9.9", folder });
const download = (os: string, arch: string) => ({
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  platform: { os, arch },
  say: () => {},
});

function publish(name: string, checksum?: string): void {
  const content = mkdtempSync(join(tmpdir(), "sockshop-archive-"));
  mkdirSync(content, { recursive: true });
  writeFileSync(join(content, "dapr"), "#!/bin/sh\necho CLI version: 9.9.9\n");
  execFileSync("tar", ["-czf", join(content, "archive"), "-C", content, "dapr"]);
  const archive = readFileSync(join(content, "archive"));
  rmSync(content, { recursive: true });
  const actual = createHash("sha256").update(archive).digest("hex");
  files.set(`${release}/${name}`, archive);
  files.set(`${release}/${name}.sha256`, Buffer.from(`${checksum ?? actual}  ${name}\n`));
}

test("an archive with the published checksum is installed and can be run", async () => {
  publish("dapr_linux_amd64.tar.gz");
  expect(await downloadDaprPart(order(), download("linux", "x64"))).toBeUndefined();
  expect(execFileSync(join(folder, "dapr"), { encoding: "utf8" })).toContain("9.9.9");
  expect(readdirSync(folder)).toEqual(["dapr"]);
});

test("an archive with another checksum is refused, and says which and why", async () => {
  publish("dapr_linux_amd64.tar.gz", "0".repeat(64));
  await expect(downloadDaprPart(order(), download("linux", "x64"))).rejects.toThrow(
    /dapr_linux_amd64\.tar\.gz has the checksum [0-9a-f]{64}, not the published 0{64}, so it was not installed/,
  );
  expect(existsSync(join(folder, "dapr"))).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test("a release that is not there gives a reason, so that the next way is tried", async () => {
  const reason = await downloadDaprPart(order(), download("linux", "x64"));
  expect(reason).toMatch(/dapr_linux_amd64\.tar\.gz\.sha256 answered 404/);
});

test("a server that cannot be reached gives a reason too", async () => {
  const unreachable = { ...download("linux", "x64"), baseUrl: "http://127.0.0.1:9" };
  expect(await downloadDaprPart(order(), unreachable)).toMatch(/fetch failed/);
});

test.each([
  ["linux", "x64", "linux_amd64"],
  ["linux", "arm64", "linux_arm64"],
  ["darwin", "x64", "darwin_amd64"],
  ["darwin", "arm64", "darwin_arm64"],
])("%s on %s asks for the archive %s", async (os, arch, expected) => {
  expect(archiveName("daprd", { os, arch })).toBe(`daprd_${expected}.tar.gz`);
  publish(`dapr_${expected}.tar.gz`);
  expect(await downloadDaprPart(order(), download(os, arch))).toBeUndefined();
  expect(asked).toContain(`${release}/dapr_${expected}.tar.gz`);
});

test("a machine without releases is told so instead of getting another's program", async () => {
  expect(await downloadDaprPart(order(), download("linux", "riscv64"))).toMatch(
    /no archive for linux on riscv64/,
  );
});
