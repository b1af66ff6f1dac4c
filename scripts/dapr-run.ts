import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAccessControl } from "./access-control.ts";
import { endAll } from "./pids.ts";
import { type KeptProcess, keepRunning } from "./processes.ts";
import { runFileFor } from "./run-file.ts";
import type { Dapr } from "./runtime/dapr.ts";
import { repository, type StateFolder, wrappers } from "./state-folder.ts";
import type { Topology } from "./topology.ts";

export interface DaprRun {
  stop(): Promise<void>;
}

/** Starts every service with its sidecar by `dapr run -f`; wrappers keep each of them running. */
export function startDaprRun(
  dapr: Dapr,
  topology: Topology,
  state: StateFolder,
  env: NodeJS.ProcessEnv,
): DaprRun {
  // The CLI takes daprd from .dapr/bin below its runtime path, so that is where our wrapper lies.
  const daprdWrapper = join(state.dapr, ".dapr", "bin", "daprd");
  mkdirSync(dirname(daprdWrapper), { recursive: true });
  copyFileSync(join(wrappers, "daprd.sh"), daprdWrapper);
  chmodSync(daprdWrapper, 0o755);
  writeAccessControl(
    join(state.dapr, "access"),
    topology.services.map(({ id }) => id),
  );
  // Who lived where in an earlier run would mislead this one's sidecars for some seconds.
  for (const ending of ["", "-wal", "-shm"]) rmSync(join(state.dapr, `names.db${ending}`), { force: true });

  const cli = keepRunning(
    {
      name: "dapr-run",
      command: dapr.cli,
      args: ["run", "-f", runFileFor(topology, state.root)],
      cwd: repository,
      // Its services live on without it; another one beside them would find their ports in use.
      restart: false,
      // It hears no signal while it waits for sidecars, and when it is stopped nothing of its own is left to end.
      stopPatienceMs: 1000,
      env: {
        ...env,
        PATH: `${dirname(process.execPath)}:${env.PATH ?? ""}`,
        DAPR_RUNTIME_PATH: state.dapr,
        SOCKSHOP_STATE: state.root,
        SOCKSHOP_DAPRD: dapr.daprd,
        SOCKSHOP_WRAPPERS: wrappers,
      },
    },
    state,
  );
  return { stop: () => stopDaprRun(cli, topology, state) };
}

/** Services first, while their sidecars still carry what they finish; then sidecars; the CLI, which kills, last. */
async function stopDaprRun(cli: KeptProcess, topology: Topology, state: StateFolder): Promise<void> {
  const names = topology.services.map(({ id }) => id as string);
  for (const group of [names, names.map((name) => `${name}-sidecar`)]) {
    await endAll(
      group.map((name) => state.pidFile(`${name}.keeper`)),
      8000,
    );
    await endAll(
      group.map((name) => state.pidFile(name)),
      1000,
    );
  }
  await cli.stop();
}
