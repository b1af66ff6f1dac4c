import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, lastLines, run } from "../../scripts/runtime/commands.ts";
import { obtainDapr } from "../../scripts/runtime/dapr.ts";
import { buildDaprPart } from "../../scripts/runtime/dapr-build.ts";
import { pinnedVersion } from "../../scripts/runtime/dapr-version.ts";
import { findPostgres } from "../../scripts/runtime/postgres.ts";
import { obtainZipkin } from "../../scripts/runtime/zipkin.ts";
import { openStateFolder, repository } from "../../scripts/state-folder.ts";
import { type Engine, installPackages } from "./engine.ts";

type Say = (progress: string) => void;

const recipes = fileURLToPath(new URL("./stand-ins/", import.meta.url));
const name = (image: string) => `sockshop-stand-in/${image}`;

/** The images of docker-compose.yml that others publish, as settings: none where those can be pulled, else ours. */
export async function imagesFor(engine: Engine, say: Say): Promise<Record<string, string>> {
  const pulled = await run("docker", ["pull", "-q", "redis:7.4.11-alpine"], { env: engine.env });
  if (pulled.code === 0) return {};
  say("no image can be pulled here: making stand-ins");
  await importDebian(engine, say);
  const files = await programs(say);
  const settings: Record<string, string> = {
    BASE_IMAGE: name("debian"),
    // Not to be had here, and not started.
    DASHBOARD_IMAGE: name("debian"),
  };
  for (const [image, sources] of Object.entries(files)) {
    say(`image ${image}`);
    await buildImage(engine, image, sources);
    settings[`${image.toUpperCase()}_IMAGE`] = name(image);
  }
  return settings;
}

async function importDebian(engine: Engine, say: Say): Promise<void> {
  const known = await run("docker", ["image", "inspect", name("debian")], { env: engine.env });
  if (known.code === 0) return;
  const folder = join(repository, ".sockshop", "compose");
  const tar = join(folder, "debian.tar");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(tar)) {
    if (!findProgram("debootstrap")) await installPackages(["debootstrap"], say);
    say("debootstrap, about a minute the first time");
    await orThrow("Debian", run("sh", [join(recipes, "debian.sh"), tar]));
  }
  await orThrow("docker import", run("docker", ["import", tar, name("debian")], { env: engine.env }));
}

/** What each image is made of besides Debian's packages: names in its build folder, and where they come from. */
async function programs(say: Say): Promise<Record<string, Record<string, string>>> {
  const state = openStateFolder({});
  const dapr = await obtainDapr(state, process.env, say);
  if (!readFileSync(dapr.daprd).includes("nameresolution/nameformat"))
    await buildDaprPart({ part: "runtime", version: pinnedVersion("runtime"), folder: state.bin }, say);
  const bin = (program: string) => join(state.bin, program);
  // Not by asking npm, which looks beside the Node that runs it, and that may be a package's.
  const npm = dirname(dirname(realpathSync(findProgram("npm") ?? "")));
  return {
    node: {
      node: join(repository, "node_modules", "node", "bin", "node"),
      npm,
      "ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt",
    },
    dapr: Object.fromEntries(["daprd", "placement", "scheduler", "sentry"].map((part) => [part, bin(part)])),
    redis: {},
    postgres: {
      native: dirname(dirname((await findPostgres(state)).postgres)),
      "postgres-entrypoint.sh": join(recipes, "postgres-entrypoint.sh"),
    },
    prometheus: {},
    alertmanager: {},
    zipkin: {
      "healthy.sh": join(repository, "deploy", "compose", "healthy.sh"),
      "zipkin.jar": await obtainZipkin({
        folder: state.bin,
        baseUrl: undefined,
        signal: new AbortController().signal,
        say,
      }),
    },
  };
}

async function buildImage(engine: Engine, image: string, sources: Record<string, string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sockshop-image-"));
  cpSync(join(recipes, `${image}.Dockerfile`), join(folder, "Dockerfile"));
  for (const [file, source] of Object.entries(sources))
    cpSync(source, join(folder, file), { recursive: true, verbatimSymlinks: true });
  await orThrow(image, run("docker", ["build", "-q", "-t", name(image), folder], { env: engine.env }));
  rmSync(folder, { recursive: true, force: true });
}

async function orThrow(what: string, outcome: ReturnType<typeof run>): Promise<string> {
  const { code, output } = await outcome;
  if (code !== 0) throw new Error(`${what} could not be had:\n${lastLines(output, 12)}`);
  return output;
}
