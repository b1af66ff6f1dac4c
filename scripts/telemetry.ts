import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Whereabouts } from "../services/monitoring/src/optional-parts.ts";
import { ShopFailure } from "./failure.ts";
import { switchedOff, tell, wantsObservability } from "./observability.ts";
import type { Opening } from "./parts.ts";
import { isFree } from "./ports.ts";
import type { ProcessSpec } from "./processes.ts";
import { waitUntilListening } from "./readiness.ts";
import { obtainTelemetryPart, type TelemetryPart } from "./runtime/prometheus-programs.ts";
import { thisPlatform } from "./runtime/release-archive.ts";
import { alertmanagerConfig, onThisMachine, prometheusConfig } from "./telemetry-config.ts";
import { writeTokens } from "./telemetry-tokens.ts";

type Say = (progress: string) => void;

/** A network that answers nothing must not keep the other ways waiting. */
const downloadPatienceMs = 5_000;

/** Brings and starts Prometheus and Alertmanager, beside everything else; never throws, since the shop can do without. */
export async function openTelemetry(opening: Opening, say: Say): Promise<void> {
  for (const part of ["prometheus", "alertmanager"] as const) {
    const where = await open(part, opening, say).catch(missing);
    tell(opening.state, part, where);
    say("why" in where ? `${part} is missing: ${where.why}` : `${part} is up`);
  }
}

async function open(part: TelemetryPart, opening: Opening, say: Say): Promise<Whereabouts> {
  const { env, topology, state, keep } = opening;
  if (!wantsObservability(env)) return switchedOff;
  const given = env[`${part.toUpperCase()}_URL`];
  if (given) return { url: given };
  const coming: Say = (progress) => {
    tell(state, part, { coming: progress });
    say(progress);
  };
  coming(`looking for ${part}`);
  const variable = part === "prometheus" ? "PROMETHEUS_PORT" : "ALERTMANAGER_PORT";
  const port = topology.supporting[variable];
  if (!(await isFree(port)))
    return {
      why: `Port ${port}, which ${part} needs, is in use by another program.`,
      whatToDo: `End that program, or choose another port: ${variable}=<port> npm start.`,
    };
  const program = await obtainTelemetryPart({
    part,
    folder: state.bin,
    env,
    platform: thisPlatform(),
    download: { say: throttled(coming), patienceMs: downloadPatienceMs },
  });
  const kept = keep(
    part === "prometheus" ? prometheusProcess(program, opening) : alertmanagerProcess(program, opening),
  );
  try {
    await waitUntilListening(part, port, state);
  } catch (error) {
    // One that cannot start would be started again for ever.
    await kept.stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}` };
}

/** A download tells of every chunk; a line a second is enough to see it move. */
function throttled(say: Say): Say {
  let last = 0;
  return (progress) => {
    if (Date.now() - last < 1000) return;
    last = Date.now();
    say(progress);
  };
}

const missing = (error: unknown): Whereabouts =>
  error instanceof ShopFailure
    ? { why: error.message, whatToDo: error.remedy }
    : { why: (error as Error).message, whatToDo: "Run npm start again." };

function prometheusProcess(program: string, { topology, state, secrets }: Opening): ProcessSpec {
  const folder = state.prometheus;
  const targetsFolder = join(folder, "targets");
  mkdirSync(targetsFolder, { recursive: true });
  const config = join(folder, "prometheus.yaml");
  const place = onThisMachine(writeTokens(state, secrets), targetsFolder);
  writeFileSync(config, prometheusConfig(topology, place));
  const flags = {
    "config.file": config,
    "storage.tsdb.path": join(folder, "data"),
    // Whichever comes first.
    "storage.tsdb.retention.time": "7d",
    "storage.tsdb.retention.size": "512MB",
    "web.listen-address": `127.0.0.1:${topology.supporting.PROMETHEUS_PORT}`,
    "log.level": "warn",
  };
  return { name: "prometheus", command: program, args: asArguments(flags), cwd: folder };
}

function alertmanagerProcess(program: string, { topology, state, secrets }: Opening): ProcessSpec {
  const folder = state.alertmanager;
  const config = join(folder, "alertmanager.yaml");
  const place = onThisMachine(writeTokens(state, secrets), join(state.prometheus, "targets"));
  writeFileSync(config, alertmanagerConfig(topology, place));
  const flags = {
    "config.file": config,
    "storage.path": join(folder, "data"),
    "data.retention": "120h",
    "web.listen-address": `127.0.0.1:${topology.supporting.ALERTMANAGER_PORT}`,
    // One instance: no port for others of a cluster.
    "cluster.listen-address": "",
    "log.level": "warn",
  };
  return { name: "alertmanager", command: program, args: asArguments(flags), cwd: folder };
}

const asArguments = (flags: Record<string, string>) =>
  Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
