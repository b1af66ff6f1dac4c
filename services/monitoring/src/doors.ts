import { createHash, timingSafeEqual } from "node:crypto";
import type { Database } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { callerOf } from "@sockshop/platform/identity.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { forbidden, notFound, parse, unauthenticated, unavailable } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { Express, RequestHandler } from "express";
import { scrape } from "./samples.ts";
import { takeTold, webhook } from "./told-alerts.ts";

export type DoorParts = {
  database: Database;
  sidecar: Sidecar;
  log: Log;
  watchedApps: readonly string[];
  /** What Prometheus and Alertmanager show as bearer tokens; without one its door stays closed. */
  scrapeToken: string | undefined;
  alertsToken: string | undefined;
};

/** Prometheus and Alertmanager are no apps and have no sidecar, so each comes by a door and with a secret of its own. */
export function telemetryDoors(app: Express, parts: DoorParts): void {
  app.get("/prometheus/scrape/:appId", bearer(parts.scrapeToken), async (req, res) => {
    res
      .type("text/plain; version=0.0.4; charset=utf-8")
      .send(await metricsOf(parts, String(req.params.appId)));
  });
  app.post("/alertmanager/alerts", bearer(parts.alertsToken), jsonBody("4mb"), async (req, res) => {
    await takeTold(parts, parse(webhook, req.body).alerts);
    res.status(204).end();
  });
}

/** A watched app's metrics, through both sidecars; throws 404 for one that is not watched, 503 for one that is away. */
export async function metricsOf(
  { sidecar, watchedApps }: Pick<DoorParts, "sidecar" | "watchedApps">,
  name: string,
): Promise<string> {
  const appId = watchedApps.find((id) => id === name);
  if (!appId) throw notFound("The service");
  const text = await scrape(sidecar, appId);
  if (text === undefined) throw unavailable(`The ${appId} service`);
  return text;
}

/** Lets through who shows the secret, and no app. */
function bearer(secret: string | undefined): RequestHandler {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return (req, _res, next) => {
    if (callerOf(req) !== undefined) throw forbidden("This route is not open to services.");
    const given = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
    if (!secret || !given || !timingSafeEqual(digest(given), digest(secret))) throw unauthenticated();
    next();
  };
}
