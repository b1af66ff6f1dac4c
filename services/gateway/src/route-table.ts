import { api } from "@sockshop/contracts/api.ts";
import type { Route } from "@sockshop/contracts/route.ts";
import { notFound, Problem } from "@sockshop/platform/problem.ts";

/** A listed route that a request asked for; `path` is built anew from the table and the decoded parameters. */
export type Match = { appId: string; route: Route; path: string };

type Entry = { appId: string; route: Route; segments: string[] };

/** Finds the listed route for a method and a raw path below /api; throws 404, 405 with Allow, or 400 for a path that cannot be decoded. */
export function routeTable(routes: Record<string, Route[]> = api) {
  const entries: Entry[] = Object.entries(routes).flatMap(([appId, list]) =>
    list.map((route) => ({ appId, route, segments: route.path.split("/").slice(1) })),
  );
  return (method: string, rawPath: string): Match => {
    const asked = rawPath.split("/").slice(1).map(decodeURIComponent);
    const atPath = entries.filter(({ segments }) => matches(segments, asked));
    if (atPath.length === 0) throw notFound("The address");
    const entry = bestOf(atPath.filter(({ route }) => serves(route, method)));
    if (!entry) throw methodNotAllowed(atPath.map(({ route }) => route));
    return { appId: entry.appId, route: entry.route, path: rebuild(entry.segments, asked) };
  };
}

function matches(segments: string[], asked: string[]): boolean {
  if (segments.length !== asked.length) return false;
  return segments.every((segment, index) =>
    segment.startsWith(":") ? isPlainName(asked[index] ?? "") : segment === asked[index],
  );
}

/** A parameter never changes the shape of the path, however it was encoded. */
function isPlainName(value: string): boolean {
  if (value === "" || value === "." || value === "..") return false;
  return [...value].every((character) => character !== "/" && character !== "\\" && character >= " ");
}

/** A literal segment wins over a parameter: `/ratings/mine` over `/ratings/:id`. */
function bestOf(entries: Entry[]): Entry | undefined {
  const literals = ({ segments }: Entry) => segments.filter((segment) => !segment.startsWith(":")).length;
  return entries.toSorted((one, other) => literals(other) - literals(one))[0];
}

function serves(route: Route, method: string): boolean {
  if (method === "HEAD") return route.method === "get" && route.responseType !== "text/event-stream";
  return route.method.toUpperCase() === method;
}

function rebuild(segments: string[], asked: string[]): string {
  return segments.map((_, index) => `/${encodeURIComponent(asked[index] ?? "")}`).join("");
}

function methodNotAllowed(routes: Route[]): Problem {
  const allow = [...new Set(routes.map((route) => route.method.toUpperCase()))].join(", ");
  return new Problem(405, "method-not-allowed", `This address takes ${allow}.`, { headers: { allow } });
}
