import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Identity } from "@sockshop/contracts/identity.ts";
import type {
  ModeratedRating,
  OwnRating,
  OwnRatings,
  ProductRatingPage,
} from "@sockshop/contracts/rating.ts";
import type { Config } from "@sockshop/platform/config.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { exportJWK, generateKeyPair } from "jose";
import { testDatabase } from "../../platform/test/postgres.ts";
import { ratingRoutes } from "../src/app.ts";
import { told } from "./told.ts";

export const customer = (name = "Ada"): Identity => ({ userId: newId(), role: "customer", name });
export const guest = (): Identity => ({ userId: newId(), role: "guest" });
export const admin = (): Identity => ({ userId: newId(), role: "admin", name: "Root" });

export type ProblemBody = { type: string; status: number; detail: string; ratingId?: string };
export type Answer<Body> = { status: number; body: Body };

/** The routes over HTTP with a database, a clock and other services' events of their own. */
export async function openRatingService() {
  const { database, drop } = await testDatabase(new URL("../migrations/", import.meta.url));
  const shop = told(database);
  await shop.begin();
  const clock = { now: new Date() };
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const sign = await identitySigner(await exportJWK(pair.privateKey));
  const server = await listen(await exportJWK(pair.publicKey), (express) =>
    ratingRoutes(express, { database, now: () => clock.now }),
  );
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = async <Body = ProblemBody>(
    who: Identity | undefined,
    method: string,
    path: string,
    { body, caller = "gateway" }: { body?: unknown; caller?: string } = {},
  ): Promise<Answer<Body>> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        "dapr-api-token": "secret",
        "dapr-caller-app-id": caller,
        ...(who && { authorization: `Bearer ${await sign(who, "rating")}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  return {
    database,
    shop,
    clock,
    call,
    rate: <Body = OwnRating>(who: Identity, orderId: string, productId: string, more: object = {}) =>
      call<Body>(who, "POST", "/ratings", {
        body: { orderId, productId, stars: 4, title: "Warm", comment: "And soft.", ...more },
      }),
    async page(productId: string, query = ""): Promise<ProductRatingPage> {
      return (await call<ProductRatingPage>(undefined, "GET", `/ratings/products/${productId}?${query}`))
        .body;
    },
    async mine(who: Identity, query = ""): Promise<OwnRatings> {
      return (await call<OwnRatings>(who, "GET", `/ratings/mine?${query}`)).body;
    },
    moderate: (who: Identity, id: string, decision: "approve" | "reject", body?: object) =>
      call<ModeratedRating & { type?: string }>(who, "POST", `/ratings/${id}/${decision}`, { body }),
    async stop() {
      server.close();
      await drop();
    },
  };
}

async function listen(
  identityPublicKey: object,
  routes: Parameters<typeof createApp>[0]["routes"],
): Promise<Server> {
  const config = {
    appId: "rating",
    appApiToken: "secret",
    identityPublicKey,
    logLevel: "silent",
  } as unknown as Config;
  const app = createApp({
    config,
    log: createLog(config),
    metrics: createMetrics("rating"),
    readiness: async () => [],
    routes,
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return server;
}
