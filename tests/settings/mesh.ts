import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { renderAccessControl, writeAccessControl } from "../../scripts/access-control.ts";
import { type Mtls, prepareMtls, sentryProcess } from "../../scripts/mtls.ts";
import { endAll } from "../../scripts/pids.ts";
import { type KeptProcess, keepRunning } from "../../scripts/processes.ts";
import { waitUntilListening } from "../../scripts/readiness.ts";
import { type Dapr, obtainDapr } from "../../scripts/runtime/dapr.ts";
import { obtainRedis, redisProcess, redisUrl } from "../../scripts/runtime/redis.ts";
import { openSecrets, type Secrets } from "../../scripts/runtime/secrets.ts";
import { writeEnvironments } from "../../scripts/service-env.ts";
import { openStateFolder, repository, type StateFolder, wrappers } from "../../scripts/state-folder.ts";
import { readTopology, type Service, type Topology } from "../../scripts/topology.ts";
import { portOffset } from "../port-offset.ts";
import { eventually } from "../shopper.ts";

type Document = {
  spec: {
    metadata?: { name: string; value?: string }[];
    api?: unknown;
    secrets?: unknown;
    policies?: { retries: Record<string, object>; circuitBreakers: Record<string, object> };
    targets?: {
      apps: Record<string, object>;
      components: Record<string, { inbound: Record<string, string>; outbound: Record<string, string> }>;
    };
  };
  scopes?: string[];
};

const appIds = readTopology({}).services.map(({ id }) => id);

/** What a test takes away from a sidecar before it starts. */
export type Taken = {
  /** Variables of its environment, and what they are instead. */
  env?: Record<string, string | undefined>;
  /** Changes a document of `dapr` or `components`, by file name. */
  change?: Record<string, (document: Document) => void>;
  /** Lets everybody call everything. */
  accessControl?: true;
};

/** Sidecars as a start of the shop gives them, in front of nothing: sentry, Redis, and whichever sidecars a test starts. */
export type Mesh = {
  topology: Topology;
  state: StateFolder;
  secrets: Secrets;
  dapr: Dapr;
  mtls: Mtls;
  redis: (user: string) => string;
  service: (app: string) => Service;
  /** Starts a sidecar, or starts it anew; resolves when it answers. */
  sidecar: (app: string, taken?: Taken) => Promise<void>;
  /** Asks a sidecar, with its own token unless told otherwise. */
  ask: (app: string, path: string, init?: RequestInit) => Promise<Response>;
  token: (app: string, name: string) => string;
  log: (app: string) => string;
  restartSentry: (config?: string) => Promise<void>;
  close: () => Promise<void>;
};

export async function openMesh(): Promise<Mesh> {
  const state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-mesh-")) });
  const topology = readTopology({ SOCKSHOP_PORT_OFFSET: String(portOffset) });
  const secrets = openSecrets(state);
  const dapr = await obtainDapr(state, process.env, () => {});
  const mtls = prepareMtls(topology, state, secrets);
  let sentry: KeptProcess | undefined;
  const restartSentry = async (config?: string) => {
    await sentry?.stop();
    const spec = sentryProcess(dapr, topology, state);
    const args = spec.args.map((arg) => (config && arg.startsWith("--config=") ? `--config=${config}` : arg));
    sentry = keepRunning({ ...spec, args }, state);
    await waitUntilListening("sentry", topology.supporting.SENTRY_PORT, state);
  };
  await restartSentry();
  const source = await obtainRedis({}, () => {});
  const spec = redisProcess(source, { state, secrets, topology });
  const redisServer = spec && keepRunning(spec, state);
  await waitUntilListening("redis", topology.supporting.REDIS_PORT, state);
  const redis = (user: string) => redisUrl(source, secrets, topology.supporting.REDIS_PORT, user);
  writeAccessControl(join(state.dapr, "access"), appIds);
  writeEnvironments({
    env: {},
    topology,
    state,
    secrets,
    runtime: "node",
    databases: { workflow: "none" },
    redis: Object.fromEntries(appIds.map((app) => [app, redis(app)])),
    mtls,
    admin: { email: "admin@sockshop.example", password: "none" },
  });
  const service = (app: string) => topology.services.find(({ id }) => id === app) as Service;
  const token = (app: string, name: string) =>
    new RegExp(`^${name}='(.*)'$`, "m").exec(readFileSync(join(state.env, `${app}.env`), "utf8"))?.[1] ?? "";
  const running = new Map<string, ChildProcess>();
  const stop = async (app: string) => {
    if (!running.delete(app)) return;
    await endAll([state.pidFile(`${app}-sidecar.keeper`), state.pidFile(`${app}-sidecar`)], 5_000);
  };
  const ask: Mesh["ask"] = (app, path, init = {}) =>
    fetch(`http://127.0.0.1:${service(app).daprHttpPort}${path}`, {
      ...init,
      headers: { "dapr-api-token": token(app, "DAPR_API_TOKEN"), ...(init.headers as object) },
    });
  return {
    topology,
    state,
    secrets,
    dapr,
    mtls,
    redis,
    service,
    token,
    restartSentry,
    async sidecar(app, taken = {}) {
      await stop(app);
      running.set(app, start(service(app), { state, dapr }, taken));
      await eventually(
        `${app}'s sidecar answers`,
        async () => (await ask(app, "/v1.0/healthz/outbound")).status === 204,
        40_000,
      );
    },
    ask,
    log: (app) => readFileSync(state.log(`${app}-sidecar`), "utf8"),
    async close() {
      await Promise.all([...running.keys()].map(stop));
      await Promise.all([sentry?.stop(), redisServer?.stop()]);
      rmSync(state.root, { recursive: true, force: true });
    },
  };
}

/** By the wrapper that `npm start` uses, and with the arguments that `dapr run` gives to it. */
function start(service: Service, { state, dapr }: { state: StateFolder; dapr: Dapr }, taken: Taken) {
  const app = service.id;
  const folder = join(state.root, "settings", app);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const from of ["dapr", "components"]) copyChanged(join(repository, from), folder, taken.change ?? {});
  // Its own file only: others may be reading theirs.
  const allCalls = taken.accessControl ? stringify({ spec: {} }) : undefined;
  writeFileSync(join(state.dapr, "access", `${app}.yaml`), allCalls ?? renderAccessControl(app, appIds));
  changeEnvironment(join(state.env, `${app}.sidecar.env`), taken.env ?? {});
  const args = {
    "app-id": app,
    "app-port": service.port,
    "dapr-http-port": service.daprHttpPort,
    "dapr-grpc-port": service.daprGrpcPort,
    "dapr-internal-grpc-port": service.daprInternalPort,
    "metrics-port": service.daprMetricsPort,
    "dapr-listen-addresses": "127.0.0.1",
    config: join(folder, "config.yaml"),
    "resources-path": folder,
  };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn("sh", [join(wrappers, "daprd.sh"), ...flags], {
    stdio: "ignore",
    env: {
      ...process.env,
      SOCKSHOP_STATE: state.root,
      SOCKSHOP_DAPRD: dapr.daprd,
      SOCKSHOP_WRAPPERS: wrappers,
    },
  });
}

function copyChanged(from: string, to: string, changes: NonNullable<Taken["change"]>): void {
  for (const file of readdirSync(from).filter((name) => name.endsWith(".yaml") && name !== "dapr.yaml")) {
    const document = parse(readFileSync(join(from, file), "utf8")) as Document;
    if (file === "workflow-state.yaml") {
      // There is no PostgreSQL here, and what is looked at is only whose sidecar has the store.
      Object.assign(document.spec, { type: "state.in-memory", version: "v1", metadata: [] });
    }
    changes[file]?.(document);
    writeFileSync(join(to, file), stringify(document));
  }
}

/** The file as the shop wrote it is kept beside it, so that the next start has all of it again. */
function changeEnvironment(file: string, changes: NonNullable<Taken["env"]>): void {
  const whole = `${file}.whole`;
  if (!existsSync(whole)) copyFileSync(file, whole);
  let text = readFileSync(whole, "utf8");
  for (const [name, value] of Object.entries(changes)) {
    text = text.replace(new RegExp(`^${name}='[^']*'\\n`, "m"), "");
    if (value !== undefined) text += `${name}='${value}'\n`;
  }
  writeFileSync(file, text, { mode: 0o600 });
}
