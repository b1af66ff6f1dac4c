import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "./state-folder.ts";
import { readTopology, type Service } from "./topology.ts";

const heading = `# The services and their sidecars for those who read or convert tye files; tye itself is archived.
# Written by \`npm run dapr:yaml\` from scripts/topology.ts. What runs the shop is \`npm start\` or docker-compose.yml: tye
# knows no scheduler, no sentry, no access control and one folder of resources. An executable reads its settings from
# the file that a start of the shop wrote for it (.sockshop/env); placement, databases and Redis are that shop's, too.
`;

/** tye.yaml: the same ids and ports as dapr/dapr.yaml, in the keys that tye documents. */
export function renderTyeFile(): string {
  const { services, supporting } = readTopology({});
  const dapr = {
    name: "dapr",
    "log-level": "info",
    "components-path": "components",
    // Tye looks for it from the components' folder, without its ending.
    config: "../dapr/config",
    // Unless it is told both, it starts a placement of its own in a container.
    "placement-port": supporting.PLACEMENT_PORT,
    "exclude-placement-container": true,
    services: Object.fromEntries(services.map((service) => [service.id, sidecar(service)])),
  };
  return heading + stringify({ name: "sockshop", extensions: [dapr], services: services.map(app) });
}

const sidecar = (service: Service) => ({
  // Only projects have a sidecar unless told so.
  enabled: true,
  "app-id": service.id,
  "app-protocol": "http",
  "http-port": service.daprHttpPort,
  "grpc-port": service.daprGrpcPort,
  "metrics-port": service.daprMetricsPort,
});

const app = ({ id, port }: Service) => ({
  name: id,
  executable: "sh",
  args: `scripts/wrappers/service.sh ${id}`,
  workingDirectory: ".",
  bindings: [{ protocol: "http", port }],
  liveness: { http: { path: "/healthz" }, period: 15, timeout: 8 },
});

if (import.meta.main) writeFileSync(join(repository, "tye.yaml"), renderTyeFile());
