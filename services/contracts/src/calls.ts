import { api } from "./api.ts";
import type { Route } from "./route.ts";
import { sidecarReader } from "./sidecar.ts";
import { topics } from "./topics.ts";

type Verb = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A call that one service makes to another; path parameters are written `:name`. */
export type Call = { from: string; to: string; verb: Verb; path: string };

/** What services ask of each other beside public routes, topics and health. */
const internal: Call[] = [
  ...operations("catalog", "/internal/stock", ["reserve", "commit", "release", "return"]),
  ...operations("payment", "/internal/payments", ["authorize", "capture", "void", "refund"]),
  { from: "order", to: "cart", verb: "GET", path: "/internal/carts/:ownerId" },
  { from: "cart", to: "catalog", verb: "GET", path: "/internal/variants/:sku" },
];

/** Every call between two services; the sidecars' access control lets these through and nothing else. */
export function callsBetween(appIds: readonly string[]): Call[] {
  const others = (from: string, verb: Verb, path: string) =>
    appIds.filter((to) => to !== from).map((to): Call => ({ from, to, verb, path }));
  const forwarded = Object.entries(api).flatMap(([to, routes]) =>
    routes.flatMap((route) =>
      verbsOf(route).map((verb): Call => ({ from: "gateway", to, verb, path: route.path })),
    ),
  );
  const gapFilling = Object.values(topics).flatMap(({ source, subscribers }) =>
    subscribers.map((from): Call => ({ from, to: source, verb: "GET", path: "/internal/events" })),
  );
  return [
    ...forwarded,
    ...gapFilling,
    ...internal,
    ...others("gateway", "GET", "/readyz"),
    ...others(sidecarReader.appId, "GET", sidecarReader.path),
    ...["/readyz", "/metrics"].flatMap((path) => others("monitoring", "GET", path)),
  ];
}

/** The gateway answers a HEAD by the route of the GET, but for streams. */
function verbsOf({ method, responseType }: Route): Verb[] {
  const verb = method.toUpperCase() as Verb;
  return verb === "GET" && responseType !== "text/event-stream" ? ["GET", "HEAD"] : [verb];
}

function operations(to: string, prefix: string, names: string[]): Call[] {
  return names.map((name) => ({ from: "order", to, verb: "POST", path: `${prefix}/${name}` }));
}
