import { api } from "@sockshop/contracts/api.ts";
import type { Database } from "@sockshop/platform/database.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import { accountRoutes } from "./account-routes.ts";
import type { Accounts } from "./accounts.ts";
import { compressedAnswers } from "./compressed-answers.ts";
import { sendDocsPage, sendDocsPart } from "./docs-page.ts";
import type { Forward } from "./forwarding.ts";
import { healthRoute } from "./health.ts";
import { openApiDocument } from "./openapi.ts";
import { originRule } from "./origin.ts";
import { type OwnPath, ownRoutes } from "./own-routes.ts";
import { addressLimit, shareLimit, signInLimit } from "./rate-limits.ts";
import { routeTable } from "./route-table.ts";
import { securityHeaders } from "./security-headers.ts";
import { serviceRoutes } from "./service-routes.ts";
import type { Sessions } from "./sessions.ts";
import { storefront } from "./storefront.ts";
import { type TracesPlace, tracesRoute } from "./traces.ts";

export type GatewayParts = {
  database: Database;
  sidecar: Sidecar;
  accounts: Accounts;
  sessions: Sessions;
  forward: Forward;
  publicUrl: URL;
  secret: string;
  storefrontDirectory: string;
  requestsPerMinute: number;
  /** How many proxies of our own stand before us and tell whom they speak for. */
  trustedProxies: number;
  traces: TracesPlace;
};

/** Every service a customer's visit needs: not those that only administrators ask, but payment, which nobody asks directly. */
const neededServices = [
  ...Object.keys(api).filter((appId) => api[appId]?.some(({ access }) => access !== "admin")),
  "payment",
];
const isHealth = (req: Request) => req.path === "/health";
/** Pictures are public and cached, and one page shows two dozen of them. */
const isPicture = (req: Request) => req.path.startsWith("/catalog/images/");
const picturesForARequest = 20;
/** Whoever signs up is told whether an address has an account already: few may be tried. */
const signUpsOfRequests = 1 / 10;

/** The public door: what is listed below /api, and the storefront; nothing else is reachable from outside. */
export function gatewayRoutes(app: Express, parts: GatewayParts): void {
  app.set("trust proxy", parts.trustedProxies);
  app.use(securityHeaders(parts.publicUrl), compressedAnswers());
  app.use(
    "/api",
    originRule(parts.publicUrl),
    addressLimit(parts.requestsPerMinute, (req) => !isHealth(req) && !isPicture(req)),
    addressLimit(parts.requestsPerMinute * picturesForARequest, isPicture),
    apiDoor(parts),
  );
  app.use(storefront(parts.storefrontDirectory));
}

function apiDoor(parts: GatewayParts): RequestHandler {
  const find = routeTable({ gateway: ownRoutes, ...api });
  const forward = serviceRoutes(parts);
  const own = ownHandlers(parts);
  return async (req: Request, res: Response, next: NextFunction) => {
    const match = find(req.method, req.originalUrl.split("?")[0]?.slice("/api".length) ?? "");
    // Metrics go by pattern: addresses would be without number.
    req.route = { path: match.route.path };
    if (match.appId !== "gateway") return forward(req, res, match);
    res.setHeader("cache-control", "no-store");
    return own[match.route.path as OwnPath](req, res, next);
  };
}

function ownHandlers(parts: GatewayParts): Record<OwnPath, RequestHandler> {
  const limitSignIn = signInLimit(parts.secret);
  const limitSignUp = shareLimit(
    parts.requestsPerMinute * signUpsOfRequests,
    "Too many accounts were asked for from your address.",
  );
  const { signUp, signIn, signOut, getSession } = accountRoutes({ ...parts, limitSignIn, limitSignUp });
  let document: object | undefined;
  return {
    "/auth/sign-up/email": signUp,
    "/auth/sign-in/email": signIn,
    "/auth/sign-out": signOut,
    "/auth/get-session": getSession,
    "/health": healthRoute({ ...parts, appIds: neededServices }),
    "/traces": tracesRoute(parts),
    "/openapi.json": (_req, res) => {
      document ??= openApiDocument({
        gateway: ownRoutes.filter(({ path }) => path !== "/docs/:file"),
        ...api,
      });
      res.json(document);
    },
    "/docs": (_req, res) => sendDocsPage(res),
    "/docs/:file": (req, res) => sendDocsPart(res, req.path.split("/").at(-1) ?? ""),
  };
}
