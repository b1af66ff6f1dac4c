import { readConfig } from "@sockshop/platform/config.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { catalogRoutes } from "./app.ts";
import { productStore } from "./product-commands.ts";

const config = readConfig(process.env);
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database } = foundation;

await runService(foundation, {
  routes: (app) => catalogRoutes(app, { database }),
  publishes: ["product-events"],
  stores: [productStore],
});
