import type { AddressInfo } from "node:net";
import { eventRoutes } from "@sockshop/platform/event-routes.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { listenToDatabase } from "@sockshop/platform/notifications.ts";
import { connectSidecar } from "@sockshop/platform/sidecar.ts";
import { exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify } from "jose";
import { testDatabase } from "../../platform/test/postgres.ts";
import { openAccounts } from "../src/accounts.ts";
import { gatewayRoutes } from "../src/app.ts";
import { forwarder } from "../src/forwarding.ts";
import { openSessions } from "../src/sessions.ts";
import type { TracesPlace } from "../src/traces.ts";
import { standInSidecar } from "./stand-in-sidecar.ts";

const migrations = new URL("../migrations/", import.meta.url);
const secret = "a secret of thirty-two characters or more";

/** The whole gateway on a database of its own, with an HTTP server in the sidecar's place. */
export async function openDoor(
  settings: {
    publicUrl?: string;
    storefront?: string;
    perMinute?: number;
    trustedProxies?: number;
    traces?: TracesPlace;
  } = {},
) {
  const { database, url, drop } = await testDatabase(migrations);
  const log = createLog({ appId: "gateway", logLevel: "silent" });
  const stand = await standInSidecar();
  const sidecar = connectSidecar({ httpPort: stand.port, grpcPort: 1, apiToken: "sidecar-token" });
  const publicUrl = new URL(settings.publicUrl ?? "http://localhost:8080");
  const accounts = openAccounts({ database, log, publicUrl, secret });
  const notifications = listenToDatabase(url, log);
  const sessions = openSessions({ accounts, database, notifications, log });
  const keys = await generateKeyPair("EdDSA", { extractable: true });
  const sign = await identitySigner(await exportJWK(keys.privateKey));
  const app = createApp({
    config: { appId: "gateway", appApiToken: "app-token" } as never,
    log,
    metrics: createMetrics("gateway"),
    readiness: async () => [],
    publicDoor: true,
    routes: (express) => {
      eventRoutes(express, {
        appId: "gateway",
        database,
        consumers: { topics: [], receive: async () => {}, stop: async () => {} },
        publishes: ["account-events"],
        appApiToken: "app-token",
      });
      gatewayRoutes(express, {
        database,
        sidecar,
        accounts,
        sessions,
        forward: forwarder({ sidecar, sign }),
        publicUrl,
        secret,
        storefrontDirectory: settings.storefront ?? "/nowhere",
        requestsPerMinute: settings.perMinute ?? 100_000,
        trustedProxies: settings.trustedProxies ?? 0,
        traces: settings.traces ?? { url: undefined, sampling: 0 },
      });
    },
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    database,
    accounts,
    sessions,
    stand,
    visitor: () => visitor(`http://127.0.0.1:${port}`),
    /** A signed-in administrator. */
    async admin() {
      const admin = visitor(`http://127.0.0.1:${port}`);
      await admin.signUp("admin@example.com");
      await database.query("update users set role = 'admin' where email = 'admin@example.com'");
      await admin.signIn("admin@example.com");
      return admin;
    },
    identityIn: (authorization: string | undefined, audience: string) =>
      readIdentity(keys.publicKey, authorization, audience),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sessions.stop();
      await notifications.stop();
      await stand.close();
      await drop();
    },
  };
}

async function readIdentity(publicKey: CryptoKey, authorization: string | undefined, audience: string) {
  const token = authorization?.replace(/^Bearer /, "") ?? "";
  const key = await importJWK((await exportJWK(publicKey)) as JWK, "EdDSA");
  const { payload } = await jwtVerify(token, key, { issuer: "sockshop-gateway", audience });
  return payload as { userId: string; role: string; name?: string; email?: string };
}

/** A browser as far as cookies go. */
export function visitor(address: string) {
  const cookies = new Map<string, string>();
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        ...(cookie && { cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };
  return {
    cookies,
    get: (path: string, headers?: Record<string, string>) => call("GET", path, undefined, headers),
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      call("POST", path, body, headers),
    signUp: (email: string, password = "a good password") =>
      call("POST", "/api/auth/sign-up/email", { name: "Ada", email, password }),
    signIn: (email: string, password = "a good password") =>
      call("POST", "/api/auth/sign-in/email", { email, password }),
    signOut: () => call("POST", "/api/auth/sign-out", {}),
    session: async () =>
      (await (await call("GET", "/api/auth/get-session")).json()) as null | {
        session: { id: string };
        user: { id: string; role: string; isAnonymous: boolean; email?: string };
      },
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const [name = "", ...value] = pair.split("=");
  if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) cookies.delete(name);
  else cookies.set(name, value.join("="));
}

export type Door = Awaited<ReturnType<typeof openDoor>>;
