import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { repository, wrappers } from "./state-folder.ts";
import { readTopology, type Service, type Topology } from "./topology.ts";

const heading = `# What \`npm start\` gives to \`dapr run -f\`: every service with its sidecar.
# Written by \`npm run dapr:yaml\` from scripts/topology.ts; where ports are moved, npm start runs a copy of it.
# scripts/wrappers/service.sh starts the service on Node or Deno, and again when it dies.
`;

interface Place {
  /** The folder that the file is written to; its paths start there. */
  folder: string;
  stateFolder: string;
}

const committed: Place = { folder: join(repository, "dapr"), stateFolder: join(repository, ".sockshop") };

/** The multi-app run file for a topology. */
export function renderRunFile(topology: Topology, place: Place): string {
  const path = (...parts: string[]) => relative(place.folder, join(repository, ...parts)) || ".";
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
  const apps = topology.services.map((service) => renderApp(service, place));
  return heading + stringify({ version: 1, common, apps });
}

function renderApp(service: Service, { folder, stateFolder }: Place) {
  return {
    appID: service.id,
    // The CLI leaves a .dapr folder where an app lives, so that is the state folder.
    appDirPath: relative(folder, stateFolder) || ".",
    command: ["sh", relative(stateFolder, join(wrappers, "service.sh")), service.id],
    appPort: service.port,
    daprHTTPPort: service.daprHttpPort,
    daprGRPCPort: service.daprGrpcPort,
    daprInternalGRPCPort: service.daprInternalPort,
    metricsPort: service.daprMetricsPort,
  };
}

/** The committed file where nothing is moved, else a copy in the state folder. */
export function runFileFor(topology: Topology, stateFolder: string): string {
  const standard = renderRunFile(readTopology({}), committed);
  if (renderRunFile(topology, { ...committed, stateFolder }) === standard)
    return join(committed.folder, "dapr.yaml");
  const file = join(stateFolder, "dapr.yaml");
  writeFileSync(file, renderRunFile(topology, { folder: stateFolder, stateFolder }));
  return file;
}

if (import.meta.main) {
  writeFileSync(join(committed.folder, "dapr.yaml"), renderRunFile(readTopology({}), committed));
}
