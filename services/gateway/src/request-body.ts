import type { Route } from "@sockshop/contracts/route.ts";
import { Problem } from "@sockshop/platform/problem.ts";
import express, { type Request, type Response } from "express";

// daprd answers 500 to bodies over its own limit, so ours, which is far below, is kept at the door.
const parsers = {
  json: express.raw({ type: () => true, limit: "256kb", inflate: false }),
  csv: express.raw({ type: () => true, limit: "1mb", inflate: false }),
};

/**
 * Reads the body a route takes, whole: it must be known to be small enough, and JSON, before any service sees it.
 * Undefined for routes without one. Throws 413, 415 or 400.
 */
export async function readBody(req: Request, res: Response, route: Route): Promise<Buffer | undefined> {
  const type = route.bodyType ?? "application/json";
  if (route.body && hasBody(req)) requireType(req, type);
  await run(type === "text/csv" ? parsers.csv : parsers.json, req, res);
  const body: unknown = req.body;
  if (!route.body || !Buffer.isBuffer(body) || body.length === 0) return undefined;
  const text = decode(body);
  if (type === "application/json") requireJson(text);
  return body;
}

/** The same for a route of our own that takes JSON: the parsed value. */
export async function readJson(req: Request, res: Response): Promise<unknown> {
  if (hasBody(req)) requireType(req, "application/json");
  await run(parsers.json, req, res);
  const body: unknown = req.body;
  return Buffer.isBuffer(body) && body.length > 0 ? requireJson(decode(body)) : undefined;
}

const hasBody = (req: Request) =>
  req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;

const utf8 = /;\s*charset\s*=\s*"?([^\s;"]+)"?/i;

function requireType(req: Request, type: string): void {
  const given = req.headers["content-type"] ?? "";
  const charset = given.match(utf8)?.[1] ?? "utf-8";
  const media = given.split(";")[0]?.trim().toLowerCase();
  if (media === type && /^utf-?8$/i.test(charset)) return;
  throw new Problem(415, "unsupported-media-type", `Send the body as ${type} in UTF-8.`);
}

function run(parser: ReturnType<typeof express.raw>, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) =>
    parser(req, res, (error?: unknown) => (error ? reject(error) : resolve())),
  );
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, "malformed-text", "The body is not valid UTF-8.");
  }
}

function requireJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "malformed-json", "The body is not valid JSON.");
  }
}
