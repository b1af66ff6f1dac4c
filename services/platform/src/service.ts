import type { Server } from "node:http";
import type { Topic } from "@sockshop/contracts/topics.ts";
import type { Express, Router } from "express";
import type { Projection } from "./aggregate.ts";
import type { Config } from "./config.ts";
import { startConsumers } from "./consumers.ts";
import { answersWithin, type Database, openDatabase } from "./database.ts";
import { measureEvents } from "./event-metrics.ts";
import { eventRoutes, type PlainSubscription } from "./event-routes.ts";
import { endEventStreams } from "./event-stream.ts";
import { createApp } from "./http.ts";
import type { Consumer } from "./inbox.ts";
import { createLog, type Log } from "./log.ts";
import { type LogShipping, shipLogs, writeLogsOnly } from "./log-shipping.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { listenToDatabase, type Notifications } from "./notifications.ts";
import { operatorRoutes, type Rebuildable } from "./operator-routes.ts";
import { startRelay } from "./relay.ts";
import { connectSidecar, type Sidecar } from "./sidecar.ts";
import { sidecarMetadataRoute } from "./sidecar-metadata.ts";
import { startTracing, type Tracing } from "./tracing.ts";
import { answerUnreadableRequests } from "./unreadable-requests.ts";

/** What every service stands on, opened from its configuration. */
export type Foundation<Settings extends Config = Config> = {
  config: Settings;
  log: Log;
  logShipping: LogShipping;
  metrics: Metrics;
  tracing: Tracing;
  database: Database;
  sidecar: Sidecar;
  notifications: Notifications;
};

/** Opens log (written and shipped), metrics, tracing, database (migrated), sidecar and notifications. */
export async function openService<Settings extends Config>(
  config: Settings,
  migrations: URL,
): Promise<Foundation<Settings>> {
  const metrics = createMetrics(config.appId);
  const sidecar = connectSidecar(config.dapr, metrics);
  const logShipping = config.shipsLogs
    ? shipLogs({ appId: config.appId, sidecar, metrics })
    : writeLogsOnly();
  const log = createLog(config, logShipping.destination);
  const tracing = startTracing({ appId: config.appId, settings: config.tracing, metrics });
  return {
    config,
    log,
    logShipping,
    metrics,
    tracing,
    database: await openDatabase(config.databaseUrl, migrations),
    sidecar,
    notifications: listenToDatabase(config.databaseUrl, log),
  };
}

/** Something that runs beside the routes and is stopped with them. */
export type Background = { start?: () => void; stop: () => Promise<void> };

export type Service = {
  routes: (app: Express) => void;
  /** Routes for callers that are no apps and have a secret of their own; each guards itself. */
  ownDoors?: (app: Express) => void;
  publishes?: readonly Topic[];
  consumers?: Consumer[];
  /** What it hears beside the business events. */
  plainSubscriptions?: PlainSubscription[];
  /** Read models that are made from something else than events of an aggregate or a topic. */
  rebuildable?: Rebuildable[];
  /** What more its operator may ask of it, below /internal/operator. */
  operatorRoutes?: (router: Router) => void;
  /** The stores whose projections an operator may rebuild by name. */
  stores?: readonly { aggregate: { stream: string }; projections: readonly Projection<never>[] }[];
  background?: Background[];
  /** Whether the app is open to the world; then its routes guard themselves. */
  publicDoor?: boolean;
  /** What more must be up before this service can serve. */
  readiness?: () => Promise<string[]>;
};

const drainMs = 8_000;
/** Below the 15 s after which whoever stops a service kills it. */
const stopWithinMs = 12_000;
const readyWithinMs = 3_000;
// Longer than a sidecar keeps idle connections (90 s): one that we close is one on which it may just be sending, and a
// POST that met the end of its connection is not sent again.
const keepAliveMs = 100_000;

/** Runs a service until SIGTERM or SIGINT, then drains: no new work, requests in flight end, connections close. */
export async function runService(foundation: Foundation, service: Service): Promise<void> {
  const { config, log, metrics, database, sidecar, notifications } = foundation;
  const publishes = service.publishes ?? [];
  const consumers = await startConsumers({
    database,
    sidecar,
    log,
    metrics,
    consumers: service.consumers ?? [],
  });
  const relay = startRelay({
    database,
    sidecar,
    notifications,
    log,
    source: config.appId,
    topics: publishes,
  });
  measureEvents(database, metrics);
  let draining = false;
  const app = createApp({
    config,
    log,
    metrics,
    publicDoor: service.publicDoor ?? false,
    ownDoors: service.ownDoors,
    readiness: async () =>
      draining ? ["draining"] : [...(await missing(foundation)), ...((await service.readiness?.()) ?? [])],
    routes: (express) => {
      eventRoutes(express, {
        appId: config.appId,
        database,
        consumers,
        plainSubscriptions: service.plainSubscriptions ?? [],
        publishes,
        appApiToken: config.appApiToken,
      });
      operatorRoutes(express, {
        ...foundation,
        appId: config.appId,
        appApiToken: config.appApiToken,
        consumers: service.consumers ?? [],
        readModels: (service.stores ?? []).flatMap(({ aggregate, projections }) =>
          projections.map((projection) => ({
            stream: aggregate.stream,
            projection: projection as unknown as Projection,
          })),
        ),
        rebuildable: service.rebuildable ?? [],
        publishes,
        own: service.operatorRoutes,
      });
      sidecarMetadataRoute(express, { sidecar, appApiToken: config.appApiToken });
      service.routes(express);
    },
  });
  for (const part of service.background ?? []) part.start?.();
  const server = app.listen(config.port, config.host, (error) => {
    if (error) fail(log, error);
    log.info({ port: config.port }, "listening");
  });
  server.keepAliveTimeout = keepAliveMs;
  answerUnreadableRequests(server);
  const stop = async () => {
    if (draining) return;
    draining = true;
    log.info("draining");
    // A connection whose network is gone never closes. Whatever had to last is in the database.
    setTimeout(() => {
      log.warn(`not drained within ${stopWithinMs / 1000} s; ended all the same`);
      process.exit(1);
    }, stopWithinMs);
    endEventStreams();
    await closeServer(server);
    await Promise.all([
      relay.stop(),
      consumers.stop(),
      ...(service.background ?? []).map((part) => part.stop()),
    ]);
    await notifications.stop();
    await database.end();
    await Promise.all([foundation.tracing.stop(), foundation.logShipping.stop()]);
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function missing({ database, sidecar }: Foundation): Promise<string[]> {
  const [db, dapr] = await Promise.all([answersWithin(database, readyWithinMs), sidecar.healthy()]);
  return [...(db ? [] : ["database"]), ...(dapr ? [] : ["sidecar"])];
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function fail(log: Log, error: unknown): never {
  log.fatal({ err: error }, "the service could not start");
  process.exit(1);
}
