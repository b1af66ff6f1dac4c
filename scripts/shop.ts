import { claimStateFolder } from "./earlier-run.ts";
import { openingSteps } from "./opening.ts";
import { pidFiles, readPid, signal } from "./pids.ts";
import { keepParts } from "./processes.ts";
import { openStateFolder, type StateFolder } from "./state-folder.ts";
import { readTopology, type Topology } from "./topology.ts";

export interface ShopOptions {
  stateDir?: string;
  portOffset?: number;
  /** Settings over those of this process's environment. */
  env?: Record<string, string>;
  runtime?: "node" | "deno";
  /** Begin from nothing: no data, new secrets. */
  fresh?: boolean;
  /** Show no progress. */
  quiet?: boolean;
  /** Gives the start up; what was started by then is stopped. */
  signal?: AbortSignal;
}

export interface Shop {
  /** Where to reach it: the storefront, and each service and sidecar by app id. */
  urls: {
    storefront: string;
    services: Record<string, string>;
    sidecars: Record<string, string>;
    redis: string;
  };
  /** Connection strings by owner: each service's app id, `workflow` and `provider`. */
  databases: Record<string, string>;
  /** The first administrator; `isNew` on the start that made the password. */
  admin: { email: string; password: string; isNew: boolean };
  /** Whether sidecars prove to each other who they are. */
  mtls: boolean;
  /** Settles when Prometheus and Alertmanager are up, or are known to stay away. */
  lookingOn: Promise<void>;
  topology: Topology;
  state: StateFolder;
  processes: ShopProcesses;
  stop(): Promise<void>;
}

/** Running processes by name: an app id, `<app id>-sidecar`, placement, scheduler, redis, postgres. */
export interface ShopProcesses {
  names(): string[];
  pid(name: string): number | undefined;
  kill(name: string, signal?: NodeJS.Signals): void;
}

/** Starts the whole shop, the very one that `npm start` runs, and returns when it is open. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const env = environmentFor(options);
  const topology = readTopology(env);
  const state = openStateFolder(env);
  const release = claimStateFolder(state);
  const parts = keepParts(state);
  const stop = () => parts.stop().finally(release);
  const opened = new AbortController();
  try {
    const steps = openingSteps({ env, topology, state, parts, options });
    const found = await Promise.race([steps.run(), whenAborted(options.signal, opened.signal)]);
    const { databases, admin, redis, mtls, lookingOn } = found;
    return {
      urls: urlsOf(topology, redis.admin ?? ""),
      databases,
      admin,
      lookingOn,
      mtls: mtls !== undefined,
      topology,
      state,
      processes: processesIn(state),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    opened.abort();
  }
}

function environmentFor(options: ShopOptions): NodeJS.ProcessEnv {
  const env = { ...process.env, ...options.env };
  if (options.stateDir !== undefined) env.SOCKSHOP_STATE = options.stateDir;
  if (options.portOffset !== undefined) env.SOCKSHOP_PORT_OFFSET = String(options.portOffset);
  if (options.runtime !== undefined) env.SOCKSHOP_RUNTIME = options.runtime;
  return env;
}

/** Rejects when the start is given up; it listens no longer than `until`. */
function whenAborted(signal: AbortSignal | undefined, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true, signal: until });
  });
}

function urlsOf({ services }: Topology, redis: string): Shop["urls"] {
  const at = (port: number | undefined) => `http://127.0.0.1:${port}`;
  return {
    storefront: at(services.find(({ id }) => id === "gateway")?.port),
    services: Object.fromEntries(services.map(({ id, port }) => [id, at(port)])),
    sidecars: Object.fromEntries(services.map(({ id, daprHttpPort }) => [id, at(daprHttpPort)])),
    redis,
  };
}

function processesIn(state: StateFolder): ShopProcesses {
  const pid = (name: string) => readPid(state.pidFile(name));
  return {
    pid,
    names: () =>
      pidFiles(state.pids)
        .filter((file) => !file.endsWith(".keeper.pid") && readPid(file))
        .map((file) => file.slice(file.lastIndexOf("/") + 1, -".pid".length)),
    kill(name, by = "SIGKILL") {
      const running = pid(name);
      if (!running) throw new Error(`${name} is not running`);
      signal(running, by);
    },
  };
}
