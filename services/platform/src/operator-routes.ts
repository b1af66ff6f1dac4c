import type { Topic } from "@sockshop/contracts/topics.ts";
import { type Express, type RequestHandler, Router } from "express";
import { z } from "zod";
import type { Database } from "./database.ts";
import { jsonBody, sidecarOnly } from "./http.ts";
import { callerOf } from "./identity.ts";
import { type Consumer, redrive } from "./inbox.ts";
import { forbidden, notFound, parse } from "./problem.ts";
import { type OwnReadModel, rebuildConsumer, rebuildProjection } from "./read-models.ts";
import type { Sidecar } from "./sidecar.ts";

/** A read model that its service knows how to make anew; resolves with how much went into it. */
export type Rebuildable = { name: string; rebuild: () => Promise<number> };

type Parts = {
  appId: string;
  appApiToken: string;
  database: Database;
  sidecar: Sidecar;
  consumers: Consumer[];
  readModels: OwnReadModel[];
  rebuildable: Rebuildable[];
  publishes: readonly Topic[];
  own?: ((router: Router) => void) | undefined;
};

/** What `npm run events` and other commands of the operator ask of a service, through that service's own sidecar. */
export function operatorRoutes(app: Express, parts: Parts): void {
  const router = Router();
  router.use(sidecarOnly(parts.appApiToken), ownSidecarOnly(parts.appId));
  router.get("/", async (_req, res) => {
    const { rows } = await parts.database.query<{ consumer: string; count: number }>(
      "select consumer, count(*) from parked group by consumer",
    );
    const parked = Object.fromEntries(rows.map((row) => [row.consumer, row.count]));
    res.json({
      readModels: readModelNames(parts),
      consumers: parts.consumers.map(({ name }) => name),
      publishes: parts.publishes,
      parked,
    });
  });
  router.post("/rebuild", jsonBody(), async (req, res) => {
    const { readModel } = parse(z.object({ readModel: z.string() }), req.body);
    res.json({ applied: await rebuild(parts, readModel) });
  });
  router.post("/replay", jsonBody(), async (req, res) => {
    const { topic } = parse(z.object({ topic: z.string() }), req.body);
    if (!parts.publishes.some((published) => published === topic))
      throw notFound(`The topic ${topic} of ${parts.appId}`);
    const { rows } = await parts.database.query<{ head: number }>(
      "update topic_heads set published = 0 where topic = $1 returning head",
      [topic],
    );
    res.json({ events: rows[0]?.head ?? 0 });
  });
  router.post("/redrive", async (_req, res) => {
    const outcomes = await Promise.all(
      parts.consumers.map(async (consumer) => ({
        consumer: consumer.name,
        ...(await redrive(parts.database, consumer)),
      })),
    );
    res.json({ consumers: outcomes });
  });
  parts.own?.(router);
  app.use("/internal/operator", router);
}

const readModelNames = ({ readModels, consumers, rebuildable }: Parts) => [
  ...rebuildable.map(({ name }) => name),
  ...readModels.map(({ projection }) => projection.name),
  ...consumers.filter(({ tables }) => tables).map(({ name }) => name),
];

async function rebuild(parts: Parts, name: string): Promise<number> {
  const own = parts.readModels.find(({ projection }) => projection.name === name);
  if (own) return rebuildProjection(parts.database, own);
  const consumer = parts.consumers.find((candidate) => candidate.name === name && candidate.tables);
  if (consumer) return rebuildConsumer(parts, consumer);
  const other = parts.rebuildable.find((candidate) => candidate.name === name);
  if (other) return other.rebuild();
  throw notFound(
    `The read model ${name} of ${parts.appId} (it has: ${readModelNames(parts).join(", ") || "none"})`,
  );
}

/** Lets through what came in by this app's own sidecar without another app asking. */
function ownSidecarOnly(appId: string): RequestHandler {
  return (req, _res, next) => {
    const caller = callerOf(req);
    if (caller !== undefined && caller !== appId)
      throw forbidden("Operators call a service through its own sidecar.");
    next();
  };
}
