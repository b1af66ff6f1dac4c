import { type Identity, identity } from "@sockshop/contracts/identity.ts";
import type { Request, RequestHandler } from "express";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { forbidden, unauthenticated } from "./problem.ts";

const issuer = "sockshop-gateway";
const identities = new WeakMap<Request, Identity>();

/** Signs who is calling, for one service and one minute (EdDSA); only the gateway holds the private key. */
export async function identitySigner(
  privateKey: JWK,
): Promise<(who: Identity, audience: string) => Promise<string>> {
  const key = await importJWK(privateKey, "EdDSA");
  return (who, audience) =>
    new SignJWT({ ...who })
      .setProtectedHeader({ alg: "EdDSA" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("60s")
      .sign(key);
}

/** Reads the caller's identity from the bearer token; a wrong, old or foreign token is 401, none leaves the request anonymous. */
export function identityReader(publicKey: Record<string, string>, appId: string): RequestHandler {
  const key = importJWK(publicKey as JWK, "EdDSA");
  return async (req, _res, next) => {
    const bearer = req.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    if (bearer) {
      try {
        const { payload } = await jwtVerify(bearer, await key, {
          issuer,
          audience: appId,
          algorithms: ["EdDSA"],
          clockTolerance: 5,
        });
        identities.set(req, identity.parse(payload));
      } catch {
        throw unauthenticated();
      }
    }
    next();
  };
}

/** The verified caller; throws 401 when there is none. */
export function identityOf(req: Request): Identity {
  const found = identities.get(req);
  if (!found) throw unauthenticated();
  return found;
}

/** Refuses everyone without one of these roles. */
export function requireRole(...roles: Identity["role"][]): RequestHandler {
  return (req, _res, next) => {
    if (!roles.includes(identityOf(req).role)) throw forbidden();
    next();
  };
}

/** The app-id of the calling service as its sidecar reports it; undefined for a call that no app made. */
export function callerOf(req: Request): string | undefined {
  const caller = req.headers["dapr-caller-app-id"];
  return Array.isArray(caller) ? caller.join(", ") : caller;
}

/** Refuses every caller but these apps; the id is compared whole, since a forged one arrives as "forged, real". */
export function allowCallers(...appIds: string[]): RequestHandler {
  return (req, _res, next) => {
    const caller = callerOf(req);
    if (!caller || !appIds.includes(caller))
      throw forbidden("This route is not open to the calling service.");
    next();
  };
}
