import { Problem } from "@sockshop/platform/problem.ts";
import type { RequestHandler } from "express";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Refuses requests that a browser sent from another site's page; without an Origin header it was none. */
export function originRule(publicUrl: URL): RequestHandler {
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    if (origin === undefined || isHome(origin, publicUrl, host)) return next();
    throw new Problem(403, "foreign-origin", "This API answers pages of the shop's own address only.");
  };
}

/** Home is our public address; where that, or the address asked, is this machine, then localhost and 127.0.0.1 alike. */
function isHome(origin: string, publicUrl: URL, host: string | undefined): boolean {
  const given = parseUrl(origin);
  if (!given) return false;
  if (given.origin === publicUrl.origin) return true;
  if (!loopback.has(given.hostname)) return false;
  return [publicUrl, parseUrl(`${given.protocol}//${host}`)].some(
    (ours) => ours && loopback.has(ours.hostname) && portOf(ours) === portOf(given),
  );
}

function parseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
