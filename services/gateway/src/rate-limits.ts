import { createHmac } from "node:crypto";
import { Problem } from "@sockshop/platform/problem.ts";
import type { Request, RequestHandler, Response } from "express";
import { type Options, rateLimit, type Store } from "express-rate-limit";

/** Throws a 429 problem when the account behind this e-mail address has had too many failed sign-ins. */
export type SignInLimit = (req: Request, res: Response, email: string) => Promise<void>;

const failedSignInsAMinute = 10;

const windowMs = 60_000;
const common: Partial<Options> = {
  windowMs,
  standardHeaders: "draft-7",
  legacyHeaders: false,
  // Without a proxy of ours, addresses are the connection's; a forwarded one is ignored, and that is no mistake.
  validate: { xForwardedForHeader: false, forwardedHeader: false, creationStack: false },
};

/** At most so many of the requests that count a minute from one client address. */
export function addressLimit(perMinute: number, counts: (req: Request) => boolean): RequestHandler {
  return rateLimit({
    ...common,
    store: countersByKey(),
    limit: perMinute,
    skip: (req) => !counts(req),
    handler: (req, _res, next) => next(tooMany(req, "Too many requests from your address.")),
  });
}

/** Failed sign-ins counted by account, so that many addresses cannot share out the guessing; addresses are kept only as keyed hashes. */
export function signInLimit(secret: string, perMinute = failedSignInsAMinute): SignInLimit {
  const keys = new WeakMap<Request, string>();
  const limit = passing({
    limit: perMinute,
    keyGenerator: (req) => keys.get(req) ?? "",
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_req, res) => res.statusCode !== 401 && res.statusCode !== 429,
    handler: (req, _res, next) => next(tooMany(req, "Too many failed attempts to sign in to this account.")),
  });
  return (req, res, email) => {
    keys.set(req, createHmac("sha256", secret).update(email).digest("base64url"));
    return limit(req, res);
  };
}

/** Throws a 429 problem when this address has done more of one thing in this minute than its share. */
export type ShareLimit = (req: Request, res: Response) => Promise<void>;

/** A limit within the address's limit, for what leaves rows and events behind or tells who has an account. */
export const shareLimit = (perMinute: number, detail: string): ShareLimit =>
  passing({ limit: Math.ceil(perMinute), handler: (req, _res, next) => next(tooMany(req, detail)) });

/** A limit in the middle of a route: resolves while it is kept, and tells nobody how much of it is left. */
function passing(options: Partial<Options>): ShareLimit {
  const limit = rateLimit({ ...common, store: countersByKey(), standardHeaders: false, ...options });
  return (req, res) =>
    new Promise((resolve, reject) =>
      limit(req, res, (error?: unknown) => (error ? reject(error) : resolve())),
    );
}

/** Hits by key in a window that its first hit opens. The library's own store hands out its live counter, so that requests which arrive together all read the last of their numbers. */
function countersByKey(): Store {
  const counters = new Map<string, { totalHits: number; resetTime: Date }>();
  const forgetOld = () => {
    for (const [key, { resetTime }] of counters) {
      if (resetTime.getTime() > Date.now()) return;
      counters.delete(key);
    }
  };
  return {
    localKeys: true,
    increment(key) {
      forgetOld();
      const counter = counters.get(key) ?? { totalHits: 0, resetTime: new Date(Date.now() + windowMs) };
      counter.totalHits += 1;
      counters.set(key, counter);
      return { ...counter };
    },
    decrement(key) {
      const counter = counters.get(key);
      if (counter && counter.totalHits > 0) counter.totalHits -= 1;
    },
    resetKey: (key) => void counters.delete(key),
  };
}

function tooMany(req: Request, detail: string): Problem {
  const { resetTime } = (req as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {};
  const seconds = resetTime ? Math.max(1, Math.ceil((resetTime.getTime() - Date.now()) / 1000)) : 60;
  return new Problem(429, "too-many-requests", `${detail} Try again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds) },
  });
}
