import { rmSync } from "node:fs";
import { Listr, type ListrTask } from "listr2";
import { startDaprRun } from "./dapr-run.ts";
import { clearLeftovers, forgetEverything, setLogsAside } from "./earlier-run.ts";
import type { Mtls } from "./mtls.ts";
import { neededPorts, type Opening, openDapr, openPostgres, openRedis } from "./parts.ts";
import { requireFreePorts } from "./ports.ts";
import type { Parts } from "./processes.ts";
import { waitUntilOpen } from "./readiness.ts";
import type { Dapr } from "./runtime/dapr.ts";
import { openSecrets, type Secrets } from "./runtime/secrets.ts";
import { writeEnvironments } from "./service-env.ts";
import type { Shop, ShopOptions } from "./shop.ts";
import type { StateFolder } from "./state-folder.ts";
import { buildStorefront } from "./storefront.ts";
import { openTelemetry } from "./telemetry.ts";
import type { Topology } from "./topology.ts";
import { openZipkin, writeSidecarTracing } from "./tracing.ts";

interface Plan {
  env: NodeJS.ProcessEnv;
  topology: Topology;
  state: StateFolder;
  parts: Parts;
  options: ShopOptions;
}

/** What the steps find out on the way. */
interface Found {
  opening: Opening;
  dapr: Dapr;
  mtls: Mtls | undefined;
  databases: Record<string, string>;
  redis: Record<string, string>;
  admin: Shop["admin"];
  /** Where spans are sent to. */
  zipkinUrl: string | undefined;
  /** Settles when what only looks on is up, or is known to stay away. */
  lookingOn: Promise<void>;
}

type Step = ListrTask<Found>;

/** How a shop opens, step by step. */
export function openingSteps(plan: Plan): Listr<Found> {
  const steps: Step[] = [
    clearUp(plan),
    checkPorts(plan),
    openParts(plan),
    startServices(plan),
    waitForAll(plan),
  ];
  return new Listr<Found>(steps, {
    fallbackRenderer: "simple",
    fallbackRendererCondition: () => !process.stdout.isTTY || process.stdout.columns < 40,
    silentRendererCondition: plan.options.quiet === true,
    registerSignalListeners: false,
    collectErrors: false,
    rendererOptions: { collapseSubtasks: false, showErrorMessage: false },
  });
}

function clearUp({ env, topology, state, parts, options }: Plan): Step {
  return {
    title: options.fresh ? "Begin from nothing" : "Clear up after the run before",
    task: async (found, task) => {
      const left = await clearLeftovers(state.pids);
      if (left.length > 0) task.title = `Ended what a run before left behind: ${left.join(", ")}`;
      if (options.fresh) forgetEverything(state);
      setLogsAside(state);
      rmSync(state.optionalPartsFile, { force: true });
      const secrets = openSecrets(state);
      found.opening = { env, topology, state, secrets, keep: parts.keep };
      found.admin = adminAccount(env, secrets);
    },
  };
}

/** The administrator's password is shown once, so it is made here and not in the gateway's log. */
function adminAccount(env: NodeJS.ProcessEnv, secrets: Secrets): Shop["admin"] {
  const email = env.ADMIN_EMAIL || "admin@sockshop.example";
  if (env.ADMIN_PASSWORD) return { email, password: env.ADMIN_PASSWORD, isNew: false };
  return { email, password: secrets.of("admin-password"), isNew: secrets.isNew("admin-password") };
}

function checkPorts({ topology, env }: Plan): Step {
  return { title: "Check that the ports are free", task: () => requireFreePorts(neededPorts(topology, env)) };
}

function openParts(plan: Plan): Step {
  const part = (
    title: string,
    open: (found: Found, say: (progress: string) => void) => Promise<void>,
  ): Step => ({
    title,
    task: (found, task) =>
      open(found, (progress) => {
        task.output = progress;
      }),
  });
  return {
    title: "Open what the services stand on",
    task: (_, task) =>
      task.newListr(
        [
          part("Dapr", async (found, say) => {
            Object.assign(found, await openDapr(found.opening, say));
          }),
          part("PostgreSQL", async (found, say) => {
            found.databases = await openPostgres(found.opening, say);
          }),
          part("Redis", async (found, say) => {
            found.redis = await openRedis(found.opening, say);
          }),
          part("Zipkin", async (found) => {
            found.zipkinUrl = await openZipkin(found.opening, plan.options.signal);
          }),
          part("Storefront", async (_found, say) => {
            await buildStorefront(say);
          }),
        ],
        { concurrent: true, rendererOptions: { collapseSubtasks: !plan.options.quiet } },
      ),
  };
}

function startServices({ env, topology, state, parts }: Plan): Step {
  return {
    title: `Start ${topology.services.length} services and their sidecars (dapr run -f)`,
    task: ({ opening, dapr, mtls, databases, redis, admin, zipkinUrl }) => {
      writeSidecarTracing(state, zipkinUrl);
      const runtime = env.SOCKSHOP_RUNTIME === "deno" ? "deno" : "node";
      writeEnvironments({
        env: { ...env, ZIPKIN_URL: zipkinUrl ?? "" },
        topology,
        state,
        secrets: opening.secrets,
        runtime,
        databases,
        redis,
        mtls,
        admin,
      });
      parts.keepServices(startDaprRun(dapr, topology, state, env));
    },
  };
}

/** The services do not wait for what only looks on, and the shop opens without it. */
function waitForAll(plan: Plan): Step {
  const services = Promise.withResolvers<void>();
  return {
    title: "Open the shop",
    task: (_, task) =>
      task.newListr([waitForServices(plan, services.resolve), bringWhatLooksOn(services.promise)], {
        concurrent: true,
        rendererOptions: { collapseSubtasks: !plan.options.quiet },
      }),
  };
}

function bringWhatLooksOn(servicesAreReady: Promise<void>): Step {
  return {
    title: "Prometheus and Alertmanager",
    task: async (found, task) => {
      found.lookingOn = openTelemetry(found.opening, (progress) => {
        task.output = progress;
      });
      await Promise.race([found.lookingOn, servicesAreReady]);
    },
  };
}

function waitForServices({ env, options }: Plan, ended: () => void): Step {
  return {
    title: "Wait until every service is ready",
    task: ({ opening }, task) =>
      waitUntilOpen(opening, {
        seconds: Number(env.SOCKSHOP_START_SECONDS) || 120,
        signal: options.signal ?? new AbortController().signal,
        say: (progress) => {
          task.output = progress;
        },
      }).finally(ended),
  };
}
