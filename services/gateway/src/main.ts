import { fileURLToPath } from "node:url";
import { readConfig } from "@sockshop/platform/config.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import type { JWK } from "jose";
import { z } from "zod";
import { gatewayRoutes } from "./app.ts";
import { forwarder } from "./forwarding.ts";

const builtStorefront = fileURLToPath(new URL("../../../frontend/dist", import.meta.url));

const config = readConfig(process.env, {
  PUBLIC_URL: z.url({ protocol: /^https?$/ }),
  STOREFRONT_DIR: z.string().min(1).default(builtStorefront),
  IDENTITY_PRIVATE_KEY: z.string().transform((text) => JSON.parse(text) as JWK),
});
const { own } = config;
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, sidecar } = foundation;
const forward = forwarder({ sidecar, sign: await identitySigner(own.IDENTITY_PRIVATE_KEY) });

await runService(foundation, {
  publicDoor: true,
  publishes: ["account-events"],
  routes: (app) =>
    gatewayRoutes(app, {
      database,
      sidecar,
      forward,
      publicUrl: new URL(own.PUBLIC_URL),
      storefrontDirectory: own.STOREFRONT_DIR,
    }),
});
