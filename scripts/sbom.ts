import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { daprParts } from "./runtime/dapr-version.ts";
import { openStateFolder, repository } from "./state-folder.ts";

/**
 * `npm run sbom`: bills of materials in CycloneDX 1.5, below .sockshop/sbom. npm's comes from the lock file by npm itself;
 * those of Dapr's programs from what Go wrote into them, by CycloneDX's own tool, which wants Go. With `--licences` that
 * tool also looks for the licences of their modules, which it downloads for it: minutes.
 */
const goTool = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0";
const state = openStateFolder(process.env);
const folder = join(state.root, "sbom");
const licences = process.argv.includes("--licences") ? ["-licenses"] : [];

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
  const programs = Object.values(daprParts)
    .flatMap((part): readonly string[] => part.programs)
    .filter((program) => existsSync(join(state.bin, program)));
  if (programs.length === 0)
    console.log(`${state.bin} holds no program of Dapr: npm start brings them where your machine has none.`);
  for (const program of programs) {
    const file = join(folder, `${program}.cdx.json`);
    const args = ["-json", ...licences, "-output-version", "1.5", "-output", file, join(state.bin, program)];
    run("go", ["run", goTool, "bin", ...args]);
    tell(`${program}.cdx.json`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
