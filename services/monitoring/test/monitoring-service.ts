import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Identity } from "@sockshop/contracts/identity.ts";
import type { Config } from "@sockshop/platform/config.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { ensureCheckpoints } from "@sockshop/platform/inbox.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { listenToDatabase } from "@sockshop/platform/notifications.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { exportJWK, generateKeyPair } from "jose";
import { testDatabase } from "../../platform/test/postgres.ts";
import { told } from "../../platform/test/told.ts";
import { monitoringRoutes } from "../src/app.ts";
import { type DoorParts, telemetryDoors } from "../src/doors.ts";
import type { Infrastructure } from "../src/infrastructure.ts";
import { partFinder } from "../src/optional-parts.ts";
import { openSight } from "../src/sight.ts";
import { consumers } from "../src/subscriptions.ts";

export const admin = (): Identity => ({ userId: newId(), role: "admin", name: "Root" });
export const customer = (): Identity => ({ userId: newId(), role: "customer", name: "Ada" });
export const watchedApps = ["cart", "monitoring"];

/** Nothing but the database is told of. */
export const infrastructure: Infrastructure = {
  redisAddress: undefined,
  placementHealthUrl: undefined,
  schedulerHealthUrl: undefined,
  find: partFinder({ urls: {}, file: undefined }),
};

/** The routes over HTTP with a database and other services' events of their own. */
export async function openMonitoring(
  doors: Pick<DoorParts, "scrapeToken" | "alertsToken"> = {
    scrapeToken: "scrapes of the tests",
    alertsToken: "alerts of the tests",
  },
) {
  const { database, url, drop } = await testDatabase(new URL("../migrations/", import.meta.url));
  await ensureCheckpoints(database, consumers);
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const sign = await identitySigner(await exportJWK(pair.privateKey));
  const config = {
    appId: "monitoring",
    appApiToken: "secret",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "silent",
  } as unknown as Config;
  const log = createLog(config);
  const notifications = listenToDatabase(url, log);
  const sight = openSight();
  const sidecar = {
    url: "http://127.0.0.1:1",
    headers: {},
    invoke: async (appId: string) => new Response(`up{service="${appId}"} 1\n`),
  } as unknown as Sidecar;
  const app = createApp({
    config,
    log,
    metrics: createMetrics("monitoring"),
    readiness: async () => [],
    ownDoors: (express) => telemetryDoors(express, { database, sidecar, log, watchedApps, ...doors }),
    routes: (express) =>
      monitoringRoutes(express, {
        database,
        notifications,
        sight,
        log,
        sidecar,
        watchedApps,
        infrastructure,
        ownId: "monitoring",
      }),
  });
  const server: Server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = async (
    who: Identity | undefined,
    method: string,
    path: string,
    { caller = "gateway", signal }: { caller?: string | null; signal?: AbortSignal } = {},
  ) =>
    fetch(base + path, {
      method,
      headers: {
        "dapr-api-token": "secret",
        ...(caller && { "dapr-caller-app-id": caller }),
        ...(who && { authorization: `Bearer ${await sign(who, "monitoring")}` }),
      },
      ...(signal && { signal }),
    });
  return {
    database,
    sight,
    open,
    /** What Prometheus and Alertmanager send: no token of the app's, but a secret of their own. */
    door: (
      method: string,
      path: string,
      { token, caller = null, body }: { token: string; caller?: string | null; body?: unknown },
    ) =>
      fetch(base + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(caller && { "dapr-caller-app-id": caller }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    call: async <Body = { type: string }>(...args: Parameters<typeof open>) => {
      const response = await open(...args);
      const text = await response.text();
      const body = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
      return { status: response.status, body: body as Body };
    },
    ...told(database, consumers),
    async stop() {
      server.closeAllConnections();
      server.close();
      await notifications.stop();
      await drop();
    },
  };
}
