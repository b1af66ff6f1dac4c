import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { anonymous } from "better-auth/plugins/anonymous";

export type AccountsParts = { database: Database; publicUrl: URL; secret: string; log: Log };
export type Accounts = ReturnType<typeof openAccounts>;

export const passwordLength = { min: 8, max: 128 };
/** How long a signed copy of the session in a cookie spares the database a look-up. */
export const cookieCacheSeconds = 60;

const day = 24 * 60 * 60;
const changes = { createdAt: "created_at", updatedAt: "updated_at" };

/** The account library on the gateway's own tables (migrations/0001_accounts.sql); its routes are not mounted, its functions are called. */
export function openAccounts({ database, publicUrl, secret, log }: AccountsParts) {
  return betterAuth({
    database,
    secret,
    baseURL: publicUrl.origin,
    emailAndPassword: {
      enabled: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
    },
    user: {
      modelName: "users",
      fields: { ...changes, emailVerified: "email_verified" },
      additionalFields: { role: { type: "string", input: false, defaultValue: "customer" } },
    },
    session: {
      modelName: "sessions",
      fields: {
        ...changes,
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
      },
      expiresIn: 30 * day,
      updateAge: day,
      cookieCache: { enabled: true, maxAge: cookieCacheSeconds },
    },
    account: credentials,
    verification: { modelName: "verifications", fields: { ...changes, expiresAt: "expires_at" } },
    // A guest is deleted by us, together with the event that says whose cart and orders these are now.
    plugins: [
      anonymous({
        disableDeleteAnonymousUser: true,
        schema: { user: { fields: { isAnonymous: "is_anonymous" } } },
      }),
    ],
    advanced: {
      cookiePrefix: "sockshop",
      useSecureCookies: publicUrl.protocol === "https:",
      database: { generateId: newId },
      // One origin rule, and it is ours (origin.ts).
      disableOriginCheck: true,
      disableCSRFCheck: true,
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "error", log: (_level, message) => tell(log, message) },
  } satisfies BetterAuthOptions);
}

/** Only the sentence before any e-mail address; what it calls an internal error reaches us by itself. */
function tell(log: Log, message: string): void {
  if (message !== "INTERNAL_SERVER_ERROR") log.error({ library: "better-auth" }, message.split(":")[0]);
}

const credentials = {
  modelName: "credentials",
  fields: {
    ...changes,
    userId: "user_id",
    accountId: "account_id",
    providerId: "provider_id",
    accessToken: "access_token",
    refreshToken: "refresh_token",
    idToken: "id_token",
    accessTokenExpiresAt: "access_token_expires_at",
    refreshTokenExpiresAt: "refresh_token_expires_at",
  },
};
