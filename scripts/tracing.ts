import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { switchedOff, tell, wantsObservability } from "./observability.ts";
import type { Opening } from "./parts.ts";
import { answers } from "./ports.ts";
import { findJava, obtainZipkin, zipkinProcess } from "./runtime/zipkin.ts";
import type { StateFolder } from "./state-folder.ts";

/**
 * Where spans go, known at once: to the Zipkin of ZIPKIN_URL, or to our own, which is brought and started beside the
 * services; what they send before it listens is lost. Undefined where there can be none.
 */
export async function openZipkin(opening: Opening, signal?: AbortSignal): Promise<string | undefined> {
  const { env, state, topology } = opening;
  const port = topology.supporting.ZIPKIN_PORT;
  const without = (why: string, whatToDo: string) => tell(state, "zipkin", { why, whatToDo });
  if (env.ZIPKIN_URL) {
    tell(state, "zipkin", { url: env.ZIPKIN_URL });
    return env.ZIPKIN_URL;
  }
  if (!wantsObservability(env)) return void tell(state, "zipkin", switchedOff);
  const java = await findJava(env);
  if (!java) return void without("Zipkin needs Java 17 or newer.", "Install it, and run npm start again.");
  if (await answers(port))
    return void without(`Another program listens on port ${port}.`, "Set ZIPKIN_PORT to a free one.");
  bringZipkin(opening, { java, port, signal: signal ?? new AbortController().signal }).catch(
    (error: Error) => {
      if (signal?.aborted) return;
      without(`Zipkin could not be brought: ${error.message}.`, "Install Maven, or set ZIPKIN_DOWNLOAD_URL.");
    },
  );
  return `http://127.0.0.1:${port}`;
}

async function bringZipkin(
  { env, state, keep }: Opening,
  { java, port, signal }: { java: string; port: number; signal: AbortSignal },
): Promise<void> {
  const say = (coming: string) => tell(state, "zipkin", { coming });
  const file = await obtainZipkin({ folder: state.bin, baseUrl: env.ZIPKIN_DOWNLOAD_URL, signal, say });
  keep(zipkinProcess({ java, file, port }));
  say("it starts in about 10 s");
  while (!(await answers(port))) await pause(500, undefined, { signal });
  tell(state, "zipkin", { url: `http://127.0.0.1:${port}` });
}

// Sidecars follow what the gateway decided, and begin no traces of their own: probes and deliveries of log lines would fill
// them. But a rate of 0 would switch all of it off.
const hardlyEver = "0.000000001";

/** Tells the sidecars where to send their spans, laid over dapr/config.yaml; nowhere without an address. */
export function writeSidecarTracing(state: StateFolder, zipkinUrl: string | undefined): void {
  const file = join(state.root, "tracing.yaml");
  if (!zipkinUrl) {
    rmSync(file, { force: true });
    return;
  }
  const configuration = {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Configuration",
    metadata: { name: "tracing" },
    spec: { tracing: sidecarTracing(zipkinUrl) },
  };
  writeFileSync(file, stringify(configuration));
}

/** A sidecar's `spec.tracing`, for the Zipkin at this address; deploy/compose/dapr-config.yaml has the same. */
export const sidecarTracing = (zipkinUrl: string) => ({
  samplingRate: hardlyEver,
  zipkin: { endpointAddress: `${zipkinUrl.replace(/\/+$/, "")}/api/v2/spans` },
});
