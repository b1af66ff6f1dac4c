import { readConfig } from "@sockshop/platform/config.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { z } from "zod";
import { seedProducts } from "../seed/products.ts";
import { catalogRoutes } from "./app.ts";
import { productStore } from "./product-commands.ts";
import { seedCatalogue } from "./seeding.ts";
import { expireReservations } from "./stock-operations.ts";
import { productRatings } from "./subscriptions.ts";

const config = readConfig(process.env, {
  RESERVATION_MINUTES: z.coerce.number().positive().max(1_440).default(15),
});
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, log } = foundation;

const seeded = await seedCatalogue(database, seedProducts);
if (seeded > 0) log.info({ products: seeded }, "the empty catalogue was filled");

const expiry = startLoop({ name: "expiry of reservations", everyMs: 5_000, log }, async () => {
  const orders = await expireReservations(database);
  if (orders > 0) log.info({ orders }, "reservations expired");
});
await runService(foundation, {
  routes: (app) => catalogRoutes(app, { database, reservationMinutes: config.own.RESERVATION_MINUTES }),
  publishes: ["product-events"],
  consumers: [productRatings],
  stores: [productStore],
  background: [expiry],
});
