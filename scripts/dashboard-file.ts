import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import { readTopology } from "./topology.ts";

const heading = `# The sidecars, as Dapr's dashboard reads them from a compose file: every service whose image is called daprd, and in its
# command the words after --app-id and --app-port. In docker-compose.yml these are in other places, so it is given this.
# Written by \`npm run dapr:yaml\` from scripts/topology.ts; nothing is run from it.
`;

/** What docker-compose.yml mounts into the dashboard. */
export function renderDashboardFile(): string {
  const services = readTopology({}).services.map(({ id, port }) => [
    `${id}-sidecar`,
    { image: "daprd", command: ["--app-id", id, "--app-port", String(port)] },
  ]);
  return heading + stringify({ services: Object.fromEntries(services) });
}

if (import.meta.main)
  writeFileSync(join(repository, "deploy", "compose", "dashboard.yml"), renderDashboardFile());
