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

interface Opened {
  topology: Topology;
  secrets: Secrets;
  state: StateFolder;
}

/** Waits until the gateway says that the whole shop is ready; names what is missing meanwhile, and in the end. */
export async function waitUntilOpen(shop: Opened, patience: Patience): Promise<void> {
  const deadline = Date.now() + patience.seconds * 1000;
  let said = "";
  for (;;) {
    const missing = await notReady(shop);
    if (missing.length === 0 && (await isWhole(shop))) return;
    const names = missing.map(({ id }) => id).join(", ") || "the gateway's health check";
    if (names !== said) patience.say(`waiting for ${names}`);
    said = names;
    patience.signal.throwIfAborted();
    refuseHopeless(missing, shop.state);
    if (Date.now() > deadline) {
      throw neverReady(missing[0]?.id ?? "gateway", shop.state, `was not ready within ${patience.seconds} s`);
    }
    await pause(250);
  }
}

/** What the outside sees: the gateway reaches every service through their sidecars. */
function isWhole({ topology }: Opened): Promise<boolean> {
  const gateway = topology.services.find(({ id }) => id === "gateway");
  return isOk(`http://127.0.0.1:${gateway?.port}/api/health`);
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

async function notReady({ topology, secrets }: Opened): Promise<Service[]> {
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

/** Gives up early on something that ends as often as it is started. */
function refuseHopeless(missing: Service[], state: StateFolder): void {
  for (const { id } of missing) {
    for (const name of [id, `${id}-sidecar`]) {
      const ends = logOf(name, state).filter((line) => line.startsWith(`-- ${name} ended`)).length;
      if (ends >= 5) throw neverReady(id, state, `cannot start: ${name} ended five times`);
    }
  }
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
