import { api } from "@sockshop/contracts/api.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { unauthenticated } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { Express } from "express";
import type { Forward } from "./forwarding.ts";
import { healthRoute } from "./health.ts";
import { readBody } from "./request-body.ts";
import { routeTable } from "./route-table.ts";
import { securityHeaders } from "./security-headers.ts";
import { storefront } from "./storefront.ts";

export type GatewayParts = {
  database: Database;
  sidecar: Sidecar;
  forward: Forward;
  publicUrl: URL;
  storefrontDirectory: string;
};

/** Every service a customer's visit needs; payment has no public routes and is needed all the same. */
const neededServices = [...Object.keys(api), "payment"];

/** The public door: health, the services' listed routes, and the storefront. */
export function gatewayRoutes(app: Express, parts: GatewayParts): void {
  app.use(securityHeaders(parts.publicUrl));
  app.get("/api/health", healthRoute({ ...parts, appIds: neededServices }));
  app.use("/api", serviceRoutes(parts));
  app.use(storefront(parts.storefrontDirectory));
}

function serviceRoutes({ forward }: GatewayParts) {
  const find = routeTable();
  return async (req: import("express").Request, res: import("express").Response) => {
    const match = find(req.method, req.originalUrl.split("?")[0]?.slice("/api".length) ?? "");
    if (match.route.access !== "public") throw unauthenticated();
    await forward(req, res, { match, body: await readBody(req, res, match.route) });
  };
}
