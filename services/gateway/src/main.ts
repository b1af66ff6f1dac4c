import { fileURLToPath } from "node:url";
import { email } from "@sockshop/contracts/text.ts";
import { readConfig } from "@sockshop/platform/config.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import type { JWK } from "jose";
import { z } from "zod";
import { openAccounts, passwordLength } from "./accounts.ts";
import { ensureAdministrator } from "./administrator.ts";
import { gatewayRoutes } from "./app.ts";
import { erasureRoute } from "./erasure.ts";
import { startSweeping } from "./expired-visits.ts";
import { forwarder } from "./forwarding.ts";
import { openSessions } from "./sessions.ts";
import { tracesPlace } from "./traces.ts";

const builtStorefront = fileURLToPath(new URL("../../../frontend/dist", import.meta.url));
const empty = z.literal("").transform(() => undefined);

const config = readConfig(process.env, {
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((text) => new URL(text)),
  SESSION_SECRET: z.string().min(32),
  IDENTITY_PRIVATE_KEY: z.string().transform((text) => JSON.parse(text) as JWK),
  STOREFRONT_DIR: z.string().min(1).default(builtStorefront),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(600),
  TRACES_URL: z
    .literal("")
    .or(z.url({ protocol: /^https?$/ }))
    .default(""),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  ADMIN_EMAIL: empty.or(email).optional(),
  ADMIN_PASSWORD: empty.or(z.string().min(passwordLength.min).max(passwordLength.max)).optional(),
});
const { own } = config;
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, sidecar, log, metrics } = foundation;
const accounts = openAccounts({ database, log, publicUrl: own.PUBLIC_URL, secret: own.SESSION_SECRET });
const sessions = openSessions({ ...foundation, accounts });
const forward = forwarder({ sidecar, metrics, sign: await identitySigner(own.IDENTITY_PRIVATE_KEY) });
await ensureAdministrator({
  database,
  accounts,
  email: own.ADMIN_EMAIL ?? "admin@sockshop.local",
  password: own.ADMIN_PASSWORD,
  tell: (line) => console.log(line),
});

await runService(foundation, {
  publicDoor: true,
  publishes: ["account-events"],
  background: [sessions, startSweeping(database, log)],
  operatorRoutes: (router) => erasureRoute(router, database),
  routes: (app) =>
    gatewayRoutes(app, {
      ...foundation,
      accounts,
      sessions,
      forward,
      publicUrl: own.PUBLIC_URL,
      secret: own.SESSION_SECRET,
      storefrontDirectory: own.STOREFRONT_DIR,
      requestsPerMinute: own.RATE_LIMIT_PER_MINUTE,
      trustedProxies: own.TRUST_PROXY,
      traces: tracesPlace(config.tracing, own.TRACES_URL),
    }),
});
