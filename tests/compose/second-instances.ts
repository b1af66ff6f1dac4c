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
  const second = keptServices(shop).filter((service) => /-2(-|$)/.test(service));
  for (const service of second) await untilWell(shop, service, 180_000);
}
