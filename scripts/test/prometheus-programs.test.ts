import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadTelemetryPart, telemetryParts } from "../runtime/prometheus-programs.ts";

let folder: string;
let server: Server;
let files: Map<string, Buffer>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sockshop-telemetry-"));
  files = new Map();
  server = createServer((request, response) => {
    const body = files.get(request.url ?? "");
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const { version } = telemetryParts.prometheus;
const release = `/prometheus/releases/download/v${version}`;
const name = `prometheus-${version}.linux-amd64`;

function publish(checksum?: string): void {
  const content = mkdtempSync(join(tmpdir(), "sockshop-archive-"));
  mkdirSync(join(content, name));
  for (const program of ["prometheus", "promtool"])
    writeFileSync(join(content, name, program), `#!/bin/sh\necho ${program} ${version}\n`);
  execFileSync("tar", ["-czf", join(content, "archive"), "-C", content, name]);
  const archive = readFileSync(join(content, "archive"));
  rmSync(content, { recursive: true });
  const actual = createHash("sha256").update(archive).digest("hex");
  files.set(`${release}/${name}.tar.gz`, archive);
  const others = `${"1".repeat(64)}  prometheus-${version}.darwin-arm64.tar.gz\n`;
  files.set(`${release}/sha256sums.txt`, Buffer.from(`${others}${checksum ?? actual}  ${name}.tar.gz\n`));
}

const download = (arch = "x64") =>
  downloadTelemetryPart({
    part: "prometheus",
    folder,
    env: { PROMETHEUS_DOWNLOAD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    platform: { os: "linux", arch },
    download: { say: () => {} },
  });

test("the server and its tool are taken from the archive that the release's list vouches for", async () => {
  publish();
  expect(await download()).toBeUndefined();
  expect(readdirSync(folder).sort()).toEqual(["prometheus", "promtool"]);
  expect(execFileSync(join(folder, "promtool"), { encoding: "utf8" })).toBe(`promtool ${version}\n`);
});

test("an archive with another checksum than the list's is refused", async () => {
  publish("0".repeat(64));
  await expect(download()).rejects.toThrow(/not the published 0{64}, so it was not installed/);
  expect(readdirSync(folder)).toEqual([]);
});

test("a release that is not there, or not for this machine, gives a reason, so that the next way is tried", async () => {
  expect(await download()).toMatch(/sha256sums\.txt answered 404/);
  publish();
  expect(await download("arm64")).toMatch(/holds no checksum of prometheus-.*linux-arm64\.tar\.gz/);
  expect(await download("riscv64")).toMatch(/no archive for linux on riscv64/);
});
