import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { type Containers, keptServices, untilWell } from "./containers.ts";
import { compose } from "./start-shop.ts";

// Before the first file of these tests: a second instance of every service joins the shop that runs.
const { stateDir, containers } = inject("shop");
const done = join(stateDir, "two-instances");
if (containers && !existsSync(done)) {
  await bringSecondInstances(containers);
  writeFileSync(done, "");
}

async function bringSecondInstances(shop: Containers): Promise<void> {
  const { command, env } = inject("compose");
  const files = ["-f", "docker-compose.yml", "-f", "deploy/compose/two-instances.yml"];
  await compose({ compose: command, env }, [...files, "up", "--detach", "--scale", "dashboard=0"]);
  const kept = keptServices(shop);
  for (const service of kept.filter(isSecond)) await untilWell(shop, service, 180_000);
  // As deploy/compose/README.md has it for a shop that ran: sidecars with connections know none of those that joined.
  const first = kept.filter((service) => service.endsWith("-sidecar") && !isSecond(service));
  await compose({ compose: command, env }, [...files, "restart", ...first]);
  for (const service of first) await untilWell(shop, service, 180_000);
}

function isSecond(service: string): boolean {
  return /-2(-|$)/.test(service);
}
