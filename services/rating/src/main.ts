import { readConfig } from "@sockshop/platform/config.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { ratingRoutes } from "./app.ts";
import { ratings } from "./ratings.ts";
import { consumers } from "./subscriptions.ts";
import { votes } from "./votes.ts";

const foundation = await openService(readConfig(process.env), new URL("../migrations/", import.meta.url));
const { database } = foundation;

await runService(foundation, {
  routes: (app) => ratingRoutes(app, { database, now: () => new Date() }),
  publishes: ["rating-events"],
  consumers,
  stores: [ratings, votes],
});
