import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../services/platform/test/free-ports.ts";

/** Where daprd, placement and scheduler are; undefined when this machine has none yet. */
export function daprFolder(): string | undefined {
  const folder = process.env.DAPRD_PATH ?? fileURLToPath(new URL("../../.sockshop/bin", import.meta.url));
  return ["daprd", "placement", "scheduler"].every((name) => existsSync(join(folder, name)))
    ? folder
    : undefined;
}

export type WorkflowEngine = {
  dapr: { httpPort: number; grpcPort: number; apiToken: string };
  /** Starts the sidecar; resolves at once, long before it is ready. */
  startSidecar: () => void;
  /** kill -9; resolves when the process is gone. */
  killSidecar: () => Promise<void>;
  stop: () => Promise<void>;
  folder: string;
};

/** One sidecar with workflows in the given database, and the control plane it needs, on ports of their own. */
export async function startWorkflowEngine(bin: string, databaseUrl: string): Promise<WorkflowEngine> {
  const folder = mkdtempSync(join(tmpdir(), "sockshop-workflow-engine-"));
  const [placement, scheduler, ...ports] = await freePorts(12);
  const [etcdPeer, etcdClient, http, grpc, internal, ...rest] = ports.map(String);
  const start = (name: string, args: string[]) => startProcess(folder, bin, name, args);
  const quiet = ["--enable-metrics=false", "--log-level=warn", "--healthz-listen-address=127.0.0.1"];
  const control = [
    start("placement", [
      "--port",
      `${placement}`,
      "--healthz-port",
      `${rest[0]}`,
      ...listening,
      ...quiet,
      ...raft(rest),
    ]),
    start("scheduler", [
      ...["--port", `${scheduler}`, "--healthz-port", `${rest[1]}`, ...listening, ...quiet],
      ...["--etcd-data-dir", join(folder, "scheduler"), "--etcd-client-port", `${etcdClient}`],
      ...["--etcd-initial-cluster", `dapr-scheduler-server-0=http://127.0.0.1:${etcdPeer}`],
      ...["--override-broadcast-host-port", `127.0.0.1:${scheduler}`],
    ]),
  ];
  writeResources(folder, databaseUrl);
  const apiToken = "a-token-of-this-test";
  let sidecar: ChildProcess | undefined;
  const startSidecar = () => {
    sidecar = start("daprd", [
      ...["--app-id", "workflow-host-test", "--dapr-http-port", `${http}`, "--dapr-grpc-port", `${grpc}`],
      ...[
        "--dapr-internal-grpc-port",
        `${internal}`,
        "--dapr-listen-addresses",
        "127.0.0.1",
        "--enable-metrics=false",
      ],
      ...[
        "--placement-host-address",
        `127.0.0.1:${placement}`,
        "--scheduler-host-address",
        `127.0.0.1:${scheduler}`,
      ],
      ...["--resources-path", join(folder, "resources"), "--config", join(folder, "config.yaml")],
    ]);
  };
  startSidecar();
  return {
    dapr: { httpPort: Number(http), grpcPort: Number(grpc), apiToken },
    folder,
    startSidecar,
    killSidecar: () => end(sidecar),
    async stop() {
      await Promise.all([sidecar, ...control].map(end));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const listening = ["--listen-address", "127.0.0.1"];
const raft = (rest: (string | undefined)[]) => ["--initial-cluster", `dapr-placement-0=127.0.0.1:${rest[2]}`];

function startProcess(folder: string, bin: string, name: string, args: string[]): ChildProcess {
  const output = openSync(join(folder, `${name}.log`), "a");
  return spawn(join(bin, name), args, {
    cwd: folder,
    stdio: ["ignore", output, output],
    env: { ...process.env, DAPR_API_TOKEN: "a-token-of-this-test" },
  });
}

function end(child: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

function writeResources(folder: string, databaseUrl: string): void {
  mkdirSync(join(folder, "resources"));
  writeFileSync(
    join(folder, "resources", "workflow-state.yaml"),
    `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: workflow }
spec:
  type: state.postgresql
  version: v2
  metadata:
    - { name: connectionString, value: "${databaseUrl}" }
    - { name: actorStateStore, value: "true" }
`,
  );
  writeFileSync(
    join(folder, "config.yaml"),
    `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: { name: workflow-host-test }
spec:
  workflow: { maxConcurrentWorkflowInvocations: 55, maxConcurrentActivityInvocations: 55 }
`,
  );
}
