import { join } from "node:path";
import type { Mtls } from "./mtls.ts";
import type { ProcessSpec } from "./processes.ts";
import type { Dapr } from "./runtime/dapr.ts";
import type { StateFolder } from "./state-folder.ts";
import type { Topology } from "./topology.ts";

/** Dapr's placement (where actors live) and scheduler (what is due), which workflows need; `dapr run` starts neither. */
export function controlPlane(
  dapr: Dapr,
  topology: Topology,
  state: StateFolder,
  mtls: Mtls | undefined,
): ProcessSpec[] {
  const ports = topology.supporting;
  const placement = {
    "listen-address": "127.0.0.1",
    port: ports.PLACEMENT_PORT,
    "healthz-listen-address": "127.0.0.1",
    "healthz-port": ports.PLACEMENT_HEALTH_PORT,
    "metrics-listen-address": "127.0.0.1",
    "metrics-port": ports.PLACEMENT_METRICS_PORT,
    "initial-cluster": `dapr-placement-0=127.0.0.1:${ports.PLACEMENT_RAFT_PORT}`,
  };
  const scheduler = {
    "listen-address": "127.0.0.1",
    port: ports.SCHEDULER_PORT,
    "healthz-listen-address": "127.0.0.1",
    "healthz-port": ports.SCHEDULER_HEALTH_PORT,
    "metrics-listen-address": "127.0.0.1",
    "metrics-port": ports.SCHEDULER_METRICS_PORT,
    "etcd-client-listen-address": "127.0.0.1",
    "etcd-client-port": ports.SCHEDULER_ETCD_PORT,
    "etcd-initial-cluster": `dapr-scheduler-server-0=http://127.0.0.1:${ports.SCHEDULER_ETCD_PEER_PORT}`,
    "etcd-data-dir": join(state.scheduler, "data"),
    "override-broadcast-host-port": `127.0.0.1:${ports.SCHEDULER_PORT}`,
  };
  return [
    {
      name: "placement",
      command: dapr.placement,
      args: flags({ ...placement, ...identity(mtls) }),
      env: environment("dapr-placement", mtls),
    },
    {
      name: "scheduler",
      command: dapr.scheduler,
      args: flags({
        ...scheduler,
        ...identity(mtls),
        // It leaves its certificate there, by default in a folder that all schedulers of this machine share.
        "identity-directory-write": join(state.scheduler, "identity"),
      }),
      env: environment("dapr-scheduler", mtls),
    },
  ];
}

const identity = (mtls: Mtls | undefined) =>
  mtls && {
    "tls-enabled": "true",
    "trust-anchors-file": mtls.trustAnchorsFile,
    "sentry-address": mtls.sentryAddress,
  };

const environment = (appId: string, mtls: Mtls | undefined) => ({
  ...process.env,
  ...(mtls && { DAPR_SENTRY_TOKEN_FILE: mtls.tokenFile(appId) }),
});

function flags(values: Record<string, string | number>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
