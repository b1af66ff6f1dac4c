import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import { readTopology, type Topology } from "./topology.ts";

const heading = `# What \`npm start\` gives to \`dapr run -f\`: every service with its sidecar.
# Written by \`npm run dapr:yaml\` from scripts/topology.ts; where ports are moved, npm start runs a copy of it.
# scripts/wrappers/service.sh starts the service on Node or Deno, and again when it dies.
`;

/** The multi-app run file for a topology; paths are relative to the folder that it is written to. */
export function renderRunFile(topology: Topology, folder: string): string {
  const path = (...parts: string[]) => relative(folder, join(repository, ...parts)) || ".";
  const { PLACEMENT_PORT, SCHEDULER_PORT } = topology.supporting;
  const common = {
    configFilePath: path("dapr", "config.yaml"),
    resourcesPaths: [path("components"), path("dapr")],
    placementHostAddress: `127.0.0.1:${PLACEMENT_PORT}`,
    schedulerHostAddress: `127.0.0.1:${SCHEDULER_PORT}`,
    apiListenAddresses: "127.0.0.1",
    logLevel: "info",
    // The wrappers log to files of their own.
    appLogDestination: "console",
    daprdLogDestination: "console",
    // Room for the signed identity that the gateway passes on.
    readBufferSize: "16Ki",
  };
  const apps = topology.services.map((service) => ({
    appID: service.id,
    appDirPath: path(),
    appPort: service.port,
    daprHTTPPort: service.daprHttpPort,
    daprGRPCPort: service.daprGrpcPort,
    daprInternalGRPCPort: service.daprInternalPort,
    metricsPort: service.daprMetricsPort,
    command: ["sh", "scripts/wrappers/service.sh", service.id],
  }));
  return heading + stringify({ version: 1, common, apps });
}

/** The committed file where nothing is moved, else a copy in the state folder. */
export function runFileFor(topology: Topology, stateFolder: string): string {
  const committed = join(repository, "dapr");
  if (renderRunFile(topology, committed) === renderRunFile(readTopology({}), committed)) {
    return join(committed, "dapr.yaml");
  }
  const file = join(stateFolder, "dapr.yaml");
  writeFileSync(file, renderRunFile(topology, stateFolder));
  return file;
}

if (import.meta.main)
  writeFileSync(
    join(repository, "dapr", "dapr.yaml"),
    renderRunFile(readTopology({}), join(repository, "dapr")),
  );
