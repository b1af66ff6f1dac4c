import { readConfig } from "@sockshop/platform/config.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { cartRoutes } from "./app.ts";
import { carts } from "./carts.ts";
import { startRepricing } from "./prices.ts";
import { consumers } from "./subscriptions.ts";

const foundation = await openService(readConfig(process.env), new URL("../migrations/", import.meta.url));
const { database, sidecar, notifications, log } = foundation;

await runService(foundation, {
  routes: (app) => cartRoutes(app, { database, sidecar }),
  publishes: ["cart-events"],
  consumers,
  stores: [carts],
  background: [startRepricing(database, notifications, log)],
});
