import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ShopFailure } from "./failure.ts";
import { answers } from "./ports.ts";
import type { Secrets } from "./runtime/secrets.ts";
import type { StateFolder } from "./state-folder.ts";
import type { Service, Topology } from "./topology.ts";

export interface Patience {
  seconds: number;
  say: (progress: string) => void;
  /** Ends the wait early, when the person at the terminal does not want it any more. */
  signal: AbortSignal;
}

/** Waits until the gateway says that the whole shop is ready; names what is missing meanwhile, and in the end. */
export async function waitUntilOpen(
  topology: Topology,
  secrets: Secrets,
  state: StateFolder,
  patience: Patience,
): Promise<void> {
  const deadline = Date.now() + patience.seconds * 1000;
  const gateway = topology.services.find(({ id }) => id === "gateway");
  let said = "";
  for (;;) {
    if (await isOk(`http://127.0.0.1:${gateway?.port}/api/health`)) return;
    const missing = await notReady(topology, secrets);
    const names = missing.map(({ id }) => id).join(", ") || "the gateway's health check";
    if (names !== said) patience.say(`waiting for ${names}`);
    said = names;
    patience.signal.throwIfAborted();
    const failing = hopeless(missing, state);
    if (failing)
      throw neverReady(failing.replace("-sidecar", ""), state, `cannot start: ${failing} ended five times`);
    if (Date.now() > deadline) {
      throw neverReady(missing[0]?.id ?? "gateway", state, `was not ready within ${patience.seconds} s`);
    }
    await pause(250);
  }
}

/** Waits half a minute for something that we started to listen. */
export async function waitUntilListening(name: string, port: number, state: StateFolder): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (Date.now() > deadline) {
      throw new ShopFailure(
        `${name} does not listen on port ${port}.`,
        `Mend what its log says and run npm start again; all logs are in ${state.logs}.`,
        logOf(name, state).slice(-12).join("\n"),
      );
    }
    await pause(50);
  }
}

async function notReady(topology: Topology, secrets: Secrets): Promise<Service[]> {
  const answers = await Promise.all(
    topology.services.map(async (service) => {
      const token = secrets.of(`app-api-token-${service.id}`);
      const ready = await isOk(`http://127.0.0.1:${service.port}/readyz`, { "dapr-api-token": token });
      return ready ? [] : [service];
    }),
  );
  return answers.flat();
}

async function isOk(url: string, headers: Record<string, string> = {}): Promise<boolean> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A start that is beyond hope: something that ends as often as it is started. */
function hopeless(missing: Service[], state: StateFolder): string | undefined {
  const names = missing.flatMap(({ id }) => [id, `${id}-sidecar`]);
  return names.find(
    (name) => logOf(name, state).filter((line) => line.startsWith(`-- ${name} ended`)).length >= 5,
  );
}

function neverReady(id: string, state: StateFolder, reason: string): ShopFailure {
  const complaints = logOf(`${id}-sidecar`, state).filter((line) => / level=(error|fatal) /.test(line));
  const details = [
    `The last lines of ${state.log(id)}:`,
    ...logOf(id, state)
      .slice(-12)
      .map((line) => `  ${line}`),
    ...(complaints.length > 0 ? [`What its sidecar complains about in ${state.log(`${id}-sidecar`)}:`] : []),
    ...complaints.slice(-4).map((line) => `  ${line}`),
  ];
  return new ShopFailure(
    `The ${id} service ${reason}.`,
    `Mend what the log says and run npm start again; all logs are in ${state.logs}.`,
    details.join("\n"),
  );
}

function logOf(name: string, state: StateFolder): string[] {
  const file = state.log(name);
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}
