import { api } from "@sockshop/contracts/api.ts";
import type { Route } from "@sockshop/contracts/route.ts";
import { notFound, Problem } from "@sockshop/platform/problem.ts";

/** A listed route that a request asked for; `path` is built anew from the table and the decoded parameters. */
export type Match = { appId: string; route: Route; path: string };

const longestPath = 1_000;

/** daprd reads heads of little more than 4 KB; what is longer is refused here, where we can say why. */
export const tooLong = () => new Problem(414, "address-too-long", "The address is too long.");

type Entry = { appId: string; route: Route; segments: string[] };

/** Finds the listed route for a method and a raw path below /api; throws 404, 405 with Allow, or 400 for a path that cannot be decoded. */
export function routeTable(routes: Record<string, Route[]> = api) {
  const entries: Entry[] = Object.entries(routes).flatMap(([appId, list]) =>
    list.map((route) => ({ appId, route, segments: route.path.split("/").slice(1) })),
  );
  return (method: string, rawPath: string): Match => {
    if (rawPath.length > longestPath) throw tooLong();
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

/**
 * A parameter never changes the shape of the path. daprd decodes a path once before it hands it on, so that encoding
 * protects none of these characters; no name of ours has one.
 */
function isPlainName(value: string): boolean {
  if (value === "." || value === "..") return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return /^[^/\\%?#\u0000-\u001f\u007f]+$/.test(value);
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
