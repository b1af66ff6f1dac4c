import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { Identity } from "@sockshop/contracts/identity.ts";
import { endWithService } from "@sockshop/platform/event-stream.ts";
import { Problem, unavailable } from "@sockshop/platform/problem.ts";
import { splitQuery } from "@sockshop/platform/query-header.ts";
import { currentContext } from "@sockshop/platform/request-context.ts";
import { countCall, type Sidecar, type SidecarMetrics } from "@sockshop/platform/sidecar.ts";
import { inSpan, SpanKind, type SpanOptions, unsampled } from "@sockshop/platform/tracing.ts";
import type { Request, Response } from "express";
import { type Match, tooLong } from "./route-table.ts";
import { isSidecarsOwn, problemIn, readWhole } from "./sidecar-answer.ts";

// Everything else stays outside: cookies, dapr-*, forwarded addresses, credentials, hop-by-hop headers.
const passedIn = ["accept", "accept-language", "idempotency-key", "last-event-id", "if-none-match"] as const;
const passedOut = [
  "allow",
  "cache-control",
  "content-disposition",
  "content-language",
  "content-length",
  "content-type",
  "last-modified",
  "retry-after",
  "vary",
  "x-accel-buffering",
] as const;

// Between sidecars a header travels as UTF-8 text, which bytes beyond ASCII need not be.
const plainHeader = /^[\x20-\x7e]{0,500}$/;
const longestQuery = 4_000;
const answerWithinMs = 10_000;
/** Who gives a change up does not know whether it was made: better a late answer than none. */
const changeWithinMs = 60_000;

export type Forwarded = {
  match: Match;
  /** Bytes of the type that the route takes. */
  body?: Buffer | undefined;
  /** Who is calling; absent on public routes. */
  identity?: Identity | undefined;
  /** Ends an event stream when it fires. */
  until?: AbortSignal;
};
export type Forward = (req: Request, res: Response, forwarded: Forwarded) => Promise<void>;

/** Hands requests to services by app-id through our own sidecar, and streams their answers back. */
export function forwarder(parts: {
  sidecar: Pick<Sidecar, "url" | "headers">;
  metrics?: SidecarMetrics;
  sign: (who: Identity, audience: string) => Promise<string>;
}): Forward {
  const agent = new Agent({ keepAlive: true });
  return async (req, res, forwarded) => {
    const { match, body, identity } = forwarded;
    const token = identity && (await parts.sign(identity, match.appId));
    const [path, query] = splitQuery(`${match.path}${queryOf(req)}`);
    const address = `${parts.sidecar.url}/v1.0/invoke/${match.appId}/method${path}`;
    const headers = () => ({
      ...outgoing(req.headers, match.route),
      ...query,
      ...(body && { "content-type": match.route.bodyType ?? "application/json" }),
      ...(body && { "content-length": body.length }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...parts.sidecar.headers,
    });
    const answer = await inSpan(
      `${req.method} ${match.appId}${match.route.path}`,
      about(match),
      async (span) => {
        const asked = { address, method: req.method, headers: headers(), agent, body, match };
        const answered = await ask(res, asked);
        if (answered) span?.setAttribute("http.response.status_code", answered.statusCode ?? 0);
        return answered;
      },
    ).catch((error: unknown) => {
      countCall(parts.metrics, match);
      throw error;
    });
    if (answer) countCall(parts.metrics, match, answer.statusCode);
    if (answer) await passOn(res, answer, forwarded);
  };
}

/** Parsed and written anew, so that no byte of it can break the request line. */
function queryOf(req: Request): string {
  const raw = req.originalUrl.split("?").slice(1).join("?");
  const query = raw ? `?${new URLSearchParams(raw)}` : "";
  if (query.length > longestQuery) throw tooLong();
  return query;
}

const about = ({ appId, route }: Match): SpanOptions => ({
  kind: SpanKind.CLIENT,
  attributes: {
    "peer.service": appId,
    "http.request.method": route.method.toUpperCase(),
    "rpc.system": "dapr",
  },
});

function outgoing(given: IncomingHttpHeaders, route: Match["route"]): Record<string, string> {
  const context = currentContext();
  const kept = passedIn.flatMap((name) => {
    const value = given[name];
    if (typeof value !== "string") return [];
    if (!plainHeader.test(value)) throw malformedHeader(name);
    return [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    ...(context && {
      traceparent: traceparentFor(route, context.traceparent),
      "x-request-id": context.requestId,
    }),
  };
}

/** A sidecar's span of a stream would last as long as somebody looks on. */
const traceparentFor = ({ responseType }: Match["route"], traceparent: string) =>
  responseType === "text/event-stream" ? unsampled(traceparent) : traceparent;

const malformedHeader = (name: string) =>
  new Problem(400, "malformed-header", `The header ${name} must be at most 500 characters of ASCII.`);

type Ask = {
  address: string;
  method: string;
  headers: Record<string, string | number>;
  agent: Agent;
  body: Buffer | undefined;
  match: Match;
};

/** The service's answer; undefined when the client left first. Throws a 503 problem when there is none in time. */
function ask(res: Response, { match, address, body, ...options }: Ask): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    // Who left before this moment will not be heard to leave.
    if (res.destroyed) return resolve(undefined);
    const outgoing = request(address, options, (answer) => {
      if (isEventStream(answer)) clearTimeout(timer);
      answer.once("close", () => clearTimeout(timer));
      resolve(answer);
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error("no answer in time")),
      match.route.method === "get" ? answerWithinMs : changeWithinMs,
    );
    outgoing.once("error", () => {
      clearTimeout(timer);
      reject(unavailable(`The ${match.appId} service`));
    });
    res.once("close", () => {
      outgoing.destroy();
      resolve(undefined);
    });
    outgoing.end(body);
  });
}

const isEventStream = (answer: IncomingMessage) =>
  answer.headers["content-type"]?.startsWith("text/event-stream") ?? false;

async function passOn(res: Response, answer: IncomingMessage, { match, until }: Forwarded): Promise<void> {
  if ((answer.statusCode ?? 502) >= 400) return refuse(res, answer, match);
  writeHead(res, answer, match);
  res.flushHeaders();
  if (isEventStream(answer)) endWithService(res);
  await stream(res, answer, until);
}

/** Services answer errors as problem documents, which name the address as the world knows it; anything else is the sidecar's word. */
async function refuse(res: Response, answer: IncomingMessage, match: Match): Promise<void> {
  const away = unavailable(`The ${match.appId} service`);
  const status = answer.statusCode ?? 502;
  const text = await readWhole(answer).catch(() => Promise.reject(away));
  if (!answer.headers["content-type"]?.startsWith("application/problem+json")) {
    if (status >= 500 || isSidecarsOwn(text)) throw away;
    throw new Problem(status, "refused", "The request cannot be passed on as it is.");
  }
  const isHead = res.req.method === "HEAD";
  const document = problemIn(text);
  if (!document && !isHead) throw away;
  writeHead(res, answer, match);
  res.removeHeader("content-length");
  if (isHead) res.end();
  else res.send(JSON.stringify({ ...document, instance: res.req.originalUrl.split("?")[0] }));
}

function writeHead(res: Response, answer: IncomingMessage, match: Match): void {
  res.status(answer.statusCode ?? 502);
  if (match.route.access !== "public") res.setHeader("cache-control", "no-store");
  for (const name of passedOut) {
    const value = answer.headers[name];
    if (value !== undefined) res.setHeader(name, value);
  }
  // The same answer may go out compressed or plain, which only a weak validator can stand for.
  const { etag, location } = answer.headers;
  if (etag) res.setHeader("etag", etag.replace(/^(?!W\/)/, "W/"));
  // Services know their addresses without the prefix under which the world sees them.
  if (location) res.setHeader("location", location.replace(/^\/(?!api\/)/, "/api/"));
}

/** Pipes until either side ends; a body that was cut off at its source is cut off for the client too. */
function stream(res: Response, answer: IncomingMessage, until: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      answer.unpipe(res);
      res.end();
    };
    if (until?.aborted) end();
    else until?.addEventListener("abort", end, { once: true });
    res.once("close", () => {
      until?.removeEventListener("abort", end);
      answer.destroy();
      resolve();
    });
    // An event that comes just after the stream was ended is nobody's loss.
    res.once("error", () => answer.destroy());
    answer.once("error", () => res.destroy());
    answer.once("close", () => {
      if (!answer.complete && !res.writableEnded) res.destroy();
    });
    answer.pipe(res);
  });
}
