import type { Problem as ProblemDocument } from "@sockshop/contracts/problem.ts";
import type { z } from "zod";

/** An answer that is not a success, as RFC 9457 has it; thrown anywhere below a route. */
export class Problem extends Error {
  override name = "Problem";
  readonly status: number;
  readonly type: string;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    type: string,
    detail: string,
    more: { extra?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.type = type;
    this.extra = more.extra ?? {};
    this.headers = more.headers ?? {};
  }

  document(instance?: string): ProblemDocument & Record<string, unknown> {
    const title = titles[this.status] ?? "Error";
    return {
      type: `urn:sockshop:problem:${this.type}`,
      title,
      status: this.status,
      detail: this.message,
      ...(instance && { instance }),
      ...this.extra,
    };
  }
}

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Sign in first",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "Too slow",
  409: "Conflict",
  413: "Too large",
  414: "Address too long",
  415: "Unsupported media type",
  422: "Some fields are not right",
  429: "Too many requests",
  431: "Headers too large",
  500: "Something went wrong",
  503: "Not available just now",
};

export const notFound = (what: string) => new Problem(404, "not-found", `${what} was not found.`);
export const unauthenticated = () =>
  new Problem(401, "unauthenticated", "Sign in and send the request again.");
export const forbidden = (detail = "Your account may not do this.") => new Problem(403, "forbidden", detail);
export const conflict = (type: string, detail: string, extra: Record<string, unknown> = {}) =>
  new Problem(409, type, detail, { extra });
/** A dependency is away; `retryAfter` in seconds. */
export const unavailable = (what: string, retryAfter = 2) =>
  new Problem(503, "unavailable", `${what} is not available just now. Try again in a moment.`, {
    headers: { "retry-after": String(retryAfter) },
  });

/** Parses input at the edge; throws a 422 that names each field. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    field: issue.path.join("."),
    message: issue.message,
  }));
  const first = errors[0];
  const detail = first ? `${first.field || "The request"}: ${first.message}` : "The request is not right.";
  throw new Problem(422, "invalid", detail, { extra: { errors } });
}

// Lost connections (08), no room or connections left (53), shutting down or starting (57P), trouble below it (58), a standby.
const postgresAway = /^(?:08|53|57P|58)...?$|^25006$/;
const socketAway = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]);
const messageAway =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i;

/** Whether an error says that the database could not be reached or serves nobody: no fault of what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: string }).code ?? "";
  if (postgresAway.test(code) || socketAway.has(code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return messageAway.test(error.message);
}

// Deadlock, serialization, lock time-out, statement time-out.
const postgresGaveUp = new Set(["40P01", "40001", "55P03", "57014"]);

/** Whether the database serves, and gave this piece of work up; trying again may help, and may not. */
function hasGivenUp(error: unknown): boolean {
  return error instanceof Error && postgresGaveUp.has((error as { code?: string }).code ?? "");
}

/** Any error as a problem: known ones as they are, a lost database as 503, anything else as a plain 500 without its details. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error) || hasGivenUp(error)) return unavailable("The database");
  const { status, type } = error as { status?: number; type?: string };
  if (type === "entity.too.large")
    return new Problem(413, "too-large", "The body is larger than this route takes. Send less at once.");
  if (type === "entity.parse.failed")
    return new Problem(400, "malformed-json", "The body is not valid JSON.");
  if (type === "encoding.unsupported" || type === "charset.unsupported")
    return new Problem(415, "unsupported-encoding", "Send UTF-8 without a content encoding.");
  if (error instanceof URIError)
    return new Problem(400, "malformed-path", "The address is not validly encoded.");
  if (status && status >= 400 && status < 500)
    return new Problem(status, "bad-request", "The request could not be read.");
  return new Problem(
    500,
    "internal",
    "Something went wrong on our side. It is in the log under this request's id.",
  );
}
