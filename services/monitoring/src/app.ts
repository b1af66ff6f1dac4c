import { alertQuery, chartName, chartQuery, type WatchedServices } from "@sockshop/contracts/monitoring.ts";
import { uuid } from "@sockshop/contracts/text.ts";
import { allowCallers, callerOf, identityOf, requireRole } from "@sockshop/platform/identity.ts";
import { forbidden, notFound, parse } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { type Express, type RequestHandler, Router } from "express";
import { z } from "zod";
import { acknowledge, listAlerts } from "./alerts.ts";
import { drawChart, listCharts } from "./console-charts.ts";
import { metricsOf } from "./doors.ts";
import { type LiveParts, streamLive } from "./live-stream.ts";
import { drawMap } from "./map.ts";
import { overview } from "./overview.ts";
import { readSidecars } from "./sidecars.ts";

export type AppParts = LiveParts & { sidecar: Sidecar; ownId: string };

/** The console's routes for administrators, and what Prometheus scrapes through this service's own sidecar. */
export function monitoringRoutes(app: Express, parts: AppParts): void {
  app.use("/monitoring", allowCallers("gateway"), requireRole("admin"), consoleRoutes(parts));
  app.get("/scrape/:appId", ownSidecarOnly(parts.ownId), async (req, res) => {
    const text = await metricsOf(parts, String(req.params.appId));
    res.type("text/plain; version=0.0.4; charset=utf-8").send(text);
  });
}

function consoleRoutes(parts: AppParts): Router {
  const { database } = parts;
  const router = Router();
  router.get("/services", async (_req, res) => {
    res.json(await services(parts));
  });
  router.get("/map", async (_req, res) => {
    res.json(await drawMap(parts));
  });
  router.get("/sidecars", async (_req, res) => {
    res.json(await readSidecars(parts));
  });
  router.get("/alerts", async (req, res) => {
    res.json(await listAlerts(database, parse(alertQuery, req.query)));
  });
  router.post("/alerts/:id/acknowledge", async (req, res) => {
    const id = uuid.safeParse(req.params.id);
    if (!id.success) throw notFound("The alert");
    res.json(await acknowledge(database, id.data, identityOf(req).userId.toLowerCase()));
  });
  router.get("/metrics/:chart", async (req, res) => {
    const name = chartName.safeParse(req.params.chart);
    if (!name.success) throw notFound("The chart");
    res.json(await drawChart(parts, name.data, parse(chartQuery, req.query).minutes));
  });
  router.get("/charts", async (_req, res) => {
    res.json(await listCharts(parts));
  });
  router.get("/stream", (req, res) => streamLive(parts, req, res));
  return router;
}

async function services(parts: AppParts): Promise<WatchedServices> {
  const [view, about] = await Promise.all([overview(parts), describe(parts.sidecar)]);
  return { ...view, ...(about && { sidecar: about }) };
}

const metadata = z.object({
  runtimeVersion: z.string(),
  components: z.array(z.object({ name: z.string(), type: z.string() })).default([]),
});

/** What our own sidecar tells of itself (https://docs.dapr.io/reference/api/metadata_api/); no app may ask another's. */
async function describe(sidecar: Sidecar): Promise<z.infer<typeof metadata> | undefined> {
  try {
    const response = await fetch(`${sidecar.url}/v1.0/metadata`, {
      headers: sidecar.headers,
      signal: AbortSignal.timeout(1_000),
    });
    return metadata.safeParse(await response.json()).data;
  } catch {
    return undefined;
  }
}

/** Lets through what came in by this app's own sidecar without another app asking. */
function ownSidecarOnly(ownId: string): RequestHandler {
  return (req, _res, next) => {
    const caller = callerOf(req);
    if (caller !== undefined && caller !== ownId)
      throw forbidden("Metrics are scraped through Monitoring's own sidecar.");
    next();
  };
}
