import { cartRoutes } from "./cart.ts";
import { catalogRoutes } from "./catalog.ts";
import { logRoutes } from "./logging.ts";
import { monitoringRoutes } from "./monitoring.ts";
import { orderRoutes } from "./order.ts";
import { sagaRoutes } from "./order-saga.ts";
import { ratingRoutes } from "./rating.ts";
import type { Route } from "./route.ts";

/** Every public route by the app-id that serves it; the gateway forwards these and nothing else. */
export const api: Record<string, Route[]> = {
  catalog: catalogRoutes,
  cart: cartRoutes,
  monitoring: monitoringRoutes,
  order: [...orderRoutes, ...sagaRoutes],
  rating: ratingRoutes,
  logging: logRoutes,
};
