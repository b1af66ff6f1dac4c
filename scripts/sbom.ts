import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { daprParts } from "./runtime/dapr-version.ts";
import { openStateFolder, repository } from "./state-folder.ts";

/**
 * `npm run sbom`: bills of materials in CycloneDX 1.5, below .sockshop/sbom. npm's comes from the lock file by npm itself;
 * that of Dapr, where it is built here, from its Go modules by CycloneDX's own tool, which wants Go.
 */
const goTool = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0";
const folder = join(openStateFolder(process.env).root, "sbom");

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: repository,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error)
    throw new Error(`${command} could not be run (${error.message}): install it, or put it on PATH.`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
  return stdout;
}

function tell(name: string): void {
  const file = join(folder, name);
  const { components = [] } = JSON.parse(readFileSync(file, "utf8")) as { components?: unknown[] };
  console.log(`${file}: ${components.length} components`);
}

try {
  mkdirSync(folder, { recursive: true });
  for (const [name, omit] of [
    ["npm.cdx.json", ["--omit", "dev"]],
    ["npm-with-tools.cdx.json", []],
  ] as const) {
    const args = [
      "sbom",
      "--package-lock-only",
      "--sbom-format",
      "cyclonedx",
      "--sbom-type",
      "application",
      ...omit,
    ];
    writeFileSync(join(folder, name), run("npm", args));
    tell(name);
  }
  for (const part of Object.keys(daprParts)) {
    const name = `dapr-${part}.cdx.json`;
    const file = join(folder, name);
    const args = ["mod", "-json", "-licenses", "-output-version", "1.5", "-output", file, join("dapr", part)];
    run("go", ["run", goTool, ...args]);
    tell(name);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
