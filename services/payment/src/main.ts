import { readConfig } from "@sockshop/platform/config.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { z } from "zod";
import { paymentRoutes } from "./app.ts";
import { payments } from "./payment-steps.ts";
import { withDeadline } from "./provider.ts";
import { openTestProvider } from "./test-provider.ts";

const config = readConfig(process.env, {
  PROVIDER_DATABASE_URL: z.url(),
  /** Above the 5 s of `tok_slow`, below the patience of who asks us. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(100).default(8_000),
});
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, log } = foundation;
const testProvider = await openTestProvider(config.own.PROVIDER_DATABASE_URL);
const provider = withDeadline(testProvider, config.own.PROVIDER_TIMEOUT_MS);

await runService(foundation, {
  routes: (app) => paymentRoutes(app, { database, provider, log }),
  publishes: ["payment-events"],
  stores: [payments],
  background: [{ stop: testProvider.close }],
});
