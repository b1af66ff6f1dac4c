import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startShop } from "../scripts/shop.ts";
import { repository } from "../scripts/state-folder.ts";
import type { Containers } from "./compose/containers.ts";
import { nameOwnTarget } from "./own-target.ts";
import { portOffset } from "./port-offset.ts";

declare module "vitest" {
  export interface ProvidedContext {
    shop: {
      url: string;
      stateDir: string;
      portOffset: number;
      redisUrl: string;
      admin: { email: string; password: string };
      /** Where the shop's processes are, if they are in containers. */
      containers?: Containers;
    };
  }
}

/** How long checkouts go on trying, where a test is about their losing patience or about everything but that. */
const patience: Record<string, Record<string, string>> = {
  stopped: { CHECKOUT_PATIENCE_SECONDS: "8" },
  // How long hundreds at once take is the machine's affair. A step that the engine dropped shows itself all the same: it is
  // done by a second run only, which the test counts.
  burst: { CHECKOUT_PATIENCE_SECONDS: "600", SAGA_SILENCE_SECONDS: "120" },
};

/**
 * Starts the shop as `npm start` does, on ports and in a state folder of its own, so that tests run beside a running shop.
 */
export default async function start(project: TestProject) {
  const runtime = process.env.SOCKSHOP_RUNTIME === "deno" ? "deno" : "node";
  const stateDir = join(repository, process.env.SOCKSHOP_TEST_STATE ?? join(".sockshop", `tests-${runtime}`));
  const admin = { email: "admin@sockshop.example", password: "administrator of the tests" };
  const shop = await startShop({
    stateDir,
    portOffset,
    runtime,
    fresh: true,
    env: {
      RATE_LIMIT_PER_MINUTE: "1000000",
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ...patience[project.name],
    },
  });
  nameOwnTarget(stateDir);
  project.provide("shop", {
    url: shop.urls.storefront,
    stateDir,
    portOffset,
    redisUrl: shop.urls.redis,
    admin,
  });
  return async () => {
    await shop.stop();
    if (!process.env.SOCKSHOP_KEEP_TEST_STATE)
      rmSync(join(stateDir, "postgres"), { recursive: true, force: true });
  };
}
