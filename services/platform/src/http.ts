import { timingSafeEqual } from "node:crypto";
import { logTopic } from "@sockshop/contracts/topics.ts";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import type { Config } from "./config.ts";
import { identityReader } from "./identity.ts";
import { newId } from "./ids.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { asProblem, notFound, unauthenticated } from "./problem.ts";
import { joinQuery } from "./query-header.ts";
import { remembered } from "./remembered.ts";
import { inContext } from "./request-context.ts";
import { routePattern, traceRequest } from "./request-span.ts";

export type AppParts = {
  config: Config;
  log: Log;
  metrics: Metrics;
  /** Answers what is missing, or nothing when the service can serve. */
  readiness: () => Promise<string[]>;
  /** Mounts the service's own routes. */
  routes: (app: Express) => void;
  /** Mounts what callers with secrets of their own reach without this app's token: each route guards itself. */
  ownDoors?: ((app: Express) => void) | undefined;
  /** Whether the app itself is open to the world (only the gateway): then each route guards itself. */
  publicDoor?: boolean;
};

/** The Express app every service runs in: context, access log, health, token guard, identity, routes, problem documents. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(joinQuery, requestContext(parts.publicDoor ?? false), accessLog(parts));
  app.get("/healthz", (_req, res) => void res.json({ status: "alive" }));
  app.get("/readyz", readyRoute(parts.readiness));
  const guard = sidecarOnly(parts.config.appApiToken);
  app.get("/metrics", metricsGuard(parts.config.metricsToken, guard), async (_req, res) => {
    res.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
  });
  app.get("/dapr/config", guard, (_req, res) => void res.json({}));
  parts.ownDoors?.(app);
  if (!parts.publicDoor) app.use(guard, identityReader(parts.config.identityPublicKey, parts.config.appId));
  parts.routes(app);
  app.use((req) => {
    throw notFound(`${req.method} ${req.path}`);
  });
  app.use(problemDocuments(parts.log));
  return app;
}

/** Parses JSON bodies up to `limit`; CloudEvents count as JSON. */
export const jsonBody = (limit = "256kb"): RequestHandler =>
  express.json({ limit, type: ["application/json", "application/cloudevents+json", "application/*+json"] });

/** Refuses calls that do not carry the token which only this app's sidecar was given (APP_API_TOKEN). */
export function sidecarOnly(token: string): RequestHandler {
  return (req, _res, next) => {
    if (!isSame(token, req.headers["dapr-api-token"])) throw unauthenticated();
    next();
  };
}

function metricsGuard(token: string | undefined, guard: RequestHandler): RequestHandler {
  if (!token) return guard;
  return (req, res, next) =>
    isSame(`Bearer ${token}`, req.headers.authorization) ? next() : guard(req, res, next);
}

function isSame(expected: string, given: string | string[] | undefined): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(String(given ?? ""))];
  return left.length === right.length && timingSafeEqual(left, right);
}

function requestContext(publicDoor: boolean): RequestHandler {
  return (req, res, next) => {
    const given = req.headers["x-request-id"];
    const requestId = typeof given === "string" && /^[\w-]{1,64}$/.test(given) ? given : newId();
    res.setHeader("x-request-id", requestId);
    const traceparent = traceRequest(req, res, publicDoor);
    inContext({ requestId, ...(traceparent && { traceparent }) }, next);
  };
}

// Lets a watcher notice a restart that fell between two of its looks.
const startedAt = new Date().toISOString();
const quiet = new Set([
  "/healthz",
  "/readyz",
  "/metrics",
  "/dapr/config",
  "/dapr/subscribe",
  // A line for each delivery of lines would never end.
  `/events/${logTopic.name}`,
]);

function accessLog({ log, metrics }: AppParts): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    // The path only: a query may hold what people typed.
    const path = req.path;
    res.once("close", () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const route = routePattern(req);
      metrics.httpDuration.observe({ method: req.method, route, status: String(res.statusCode) }, seconds);
      if (!quiet.has(path))
        log.info(
          {
            method: req.method,
            path,
            route,
            status: res.statusCode,
            ms: Math.round(seconds * 1000),
            // Its duration says how long somebody looked on.
            ...(isEventStream(res) && { stream: true }),
          },
          "request",
        );
    });
    next();
  };
}

const isEventStream = (res: Response) =>
  String(res.getHeader("content-type") ?? "").startsWith("text/event-stream");

const rememberReadinessMs = 1_000;

/** Open to whoever reaches the port, at the public door to everyone: a crowd of probes costs no more than one. */
function readyRoute(readiness: () => Promise<string[]>): RequestHandler {
  const whatIsMissing = remembered(rememberReadinessMs, readiness);
  return async (_req, res) => {
    const missing = await whatIsMissing();
    if (missing.length === 0) res.json({ status: "ready", startedAt });
    else res.status(503).setHeader("retry-after", "2").json({ status: "not ready", startedAt, missing });
  };
}

function problemDocuments(log: Log): ErrorRequestHandler {
  return (error, req, res, next) => {
    const problem = asProblem(error);
    if (problem.status === 500) log.error({ err: error }, "request failed");
    else if (problem.status === 503)
      log.warn({ reason: (error as Error).message }, "request could not be served");
    if (res.headersSent) return next(error);
    sendProblem(res, problem, req.originalUrl.split("?")[0]);
  };
}

/** Writes a problem document with its headers. */
export function sendProblem(res: Response, problem: ReturnType<typeof asProblem>, instance?: string): void {
  res
    .status(problem.status)
    .set(problem.headers)
    .type("application/problem+json")
    .send(JSON.stringify(problem.document(instance)));
}
