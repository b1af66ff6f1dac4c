import type { RequestHandler } from "express";

// daprd writes the whole address of a call into its spans, and a query may hold what people typed (G11).
const header = "x-query";

/** The path of a call without its query, and the header in which the query goes along. */
export function splitQuery(pathWithQuery: string): [path: string, headers: Record<string, string>] {
  const [path = "", ...rest] = pathWithQuery.split("?");
  // Written anew, since a header takes ASCII only.
  const query = new URLSearchParams(rest.join("?")).toString();
  return [path, query ? { [header]: query } : {}];
}

/** Puts the query that came in the header where it belongs. */
export const joinQuery: RequestHandler = (req, _res, next) => {
  const query = req.headers[header];
  if (typeof query === "string" && !req.url.includes("?")) req.url += `?${query}`;
  next();
};
