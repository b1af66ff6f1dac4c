import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { endAll } from "./pids.ts";
import type { StateFolder } from "./state-folder.ts";

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** The unprivileged user to run it as, where we are root and it refuses root. */
  user?: { uid: number; gid: number } | undefined;
  stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed; 8 s. */
  stopPatienceMs?: number;
  /** False for what is run once; otherwise it is started again when it dies. */
  restart?: boolean;
}

export interface KeptProcess {
  name: string;
  stop(): Promise<void>;
  /** Settles when the process ends for good. */
  ended: Promise<void>;
}

/** Starts a process in a group of its own (Ctrl-C is ours to handle), logs it, and starts it again when it dies. */
export function keepRunning(spec: ProcessSpec, state: StateFolder): KeptProcess {
  let stopping = false;
  const pidFile = state.pidFile(spec.name);
  const ended = (async () => {
    while (!stopping) {
      const began = Date.now();
      const reason = await runOnce(spec, state);
      if (stopping || spec.restart === false) break;
      note(state, spec.name, `-- ${spec.name} ended with ${reason} and is started again\n`);
      // Only one that dies at once is made to wait, so that a hopeless start does not eat the machine.
      await pause(Date.now() - began < 5000 ? 1000 : 50);
    }
    rmSync(pidFile, { force: true });
  })();
  return {
    name: spec.name,
    ended,
    async stop() {
      stopping = true;
      await endAll([pidFile], spec.stopPatienceMs ?? 8000, spec.stopSignal);
      await ended;
    },
  };
}

function runOnce(spec: ProcessSpec, state: StateFolder): Promise<string> {
  return new Promise((resolve) => {
    const failed = (error: Error) => {
      note(state, spec.name, `-- ${error.message}\n`);
      resolve(error.message);
    };
    let child: ChildProcess | undefined;
    try {
      const log = openSync(state.log(spec.name), "a");
      child = spawn(spec.command, spec.args, {
        detached: true,
        stdio: ["ignore", log, log],
        env: withoutSecrets(spec.env ?? process.env),
        ...(spec.cwd ? { cwd: spec.cwd } : {}),
        ...spec.user,
      });
      child.once("error", failed);
      child.once("exit", (code, by) => resolve(by ?? `status ${code}`));
      closeSync(log);
      if (child.pid) writeFileSync(state.pidFile(spec.name), `${child.pid}\n`);
    } catch (error) {
      // Nobody could stop what nobody has the number of.
      if (child?.pid) process.kill(-child.pid, "SIGKILL");
      failed(error as Error);
    }
  });
}

/** Whatever runs learns its own secrets from a file of its own, and the user's, which we were started with, not at all. */
function withoutSecrets(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const secret =
    /^(DATABASE_URL|REDIS_URL|ADMIN_PASSWORD|SESSION_SECRET|IDENTITY_|DAPR_API_TOKEN|APP_API_TOKEN|npm_)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

/** A full disk takes the note, and must not take the shop. */
function note(state: StateFolder, name: string, text: string): void {
  try {
    appendFileSync(state.log(name), text);
  } catch {}
}

/** Everything that a shop keeps running, so that it can be stopped as a whole. */
export interface Parts {
  keep(spec: ProcessSpec): KeptProcess;
  keepServices(services: { stop(): Promise<void> }): void;
  stop(): Promise<void>;
}

/** Services stop first, then what they stand on; what would start after that is refused. */
export function keepParts(state: StateFolder): Parts {
  const services: { stop(): Promise<void> }[] = [];
  const supporting: KeptProcess[] = [];
  let stopped = false;
  const refuseWhenStopped = () => {
    if (stopped) throw new Error("the shop is being stopped");
  };
  return {
    keep(spec) {
      refuseWhenStopped();
      const kept = keepRunning(spec, state);
      supporting.push(kept);
      return kept;
    },
    keepServices(started) {
      services.push(started);
      refuseWhenStopped();
    },
    async stop() {
      stopped = true;
      for (const started of services.splice(0)) await started.stop();
      await Promise.all(supporting.splice(0).map((kept) => kept.stop()));
    },
  };
}
