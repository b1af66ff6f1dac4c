import { z } from "zod";
import type { Route } from "./route.ts";
import { sidecarMetadata } from "./sidecar.ts";
import { instant } from "./text.ts";

/** How a part is; as in monitoring.ts, which takes this file's routes. */
const status = z.enum(["up", "not-ready", "down", "unknown", "absent"]);

export const mapNode = z.object({
  /** The app-id; `<app-id>-sidecar` and `<app-id>-database` for what a service stands on; `redis`. */
  id: z.string(),
  kind: z.enum(["service", "sidecar", "database", "broker"]),
  /** The app-id whose sidecar or database it is. */
  of: z.string().optional(),
  status,
  since: instant.optional(),
  detail: z.string().optional(),
  /** When a service was last seen to have been started again. */
  restartedAt: instant.optional(),
});
export type MapNode = z.infer<typeof mapNode>;

/** `call`: one service invokes another; `publish`: a service hands events to Redis; `deliver`: a service applies them. */
export const mapEdge = z.object({
  kind: z.enum(["call", "publish", "deliver"]),
  from: z.string(),
  to: z.string(),
  /** Of `publish` and `deliver`. */
  topic: z.string().optional(),
  /** Over the last ten seconds or so; absent while the caller, publisher or subscriber cannot be read. */
  perSecond: z.number().optional(),
  /** Calls that were not answered, or with a 5xx; they are in `perSecond`, too. */
  failedPerSecond: z.number().optional(),
});
export type MapEdge = z.infer<typeof mapEdge>;

export const shopMap = z.object({
  at: instant,
  /** What visitors met at the gateway in the last minute; absent where there are no samples. */
  figures: z.object({
    requestsPerSecond: z.number().optional(),
    /** 5xx answers, of 1. */
    errorShare: z.number().optional(),
    /** What 95 of 100 requests stayed below; absent while nobody asks. */
    p95Milliseconds: z.number().optional(),
    /** Orders whose checkout has not ended. */
    ordersInCheckout: z.int(),
    /** Events that were set aside, of all services that can be read. */
    parkedEvents: z.int().optional(),
  }),
  nodes: z.array(mapNode),
  edges: z.array(mapEdge),
});
export type ShopMap = z.infer<typeof shopMap>;

export const sidecarsPage = z.object({
  items: z.array(
    z.object({
      appId: z.string(),
      /** Absent where it could not be read; then `why` says so. */
      metadata: sidecarMetadata.optional(),
      why: z.string().optional(),
    }),
  ),
  total: z.int(),
});
export type SidecarsPage = z.infer<typeof sidecarsPage>;

export const shopMapRoutes: Route[] = [
  {
    method: "get",
    path: "/monitoring/map",
    access: "admin",
    summary:
      "Services and what they stand on, who calls whom and who hears what, how often, and the shop's key figures",
    status: 200,
    response: shopMap,
  },
  {
    method: "get",
    path: "/monitoring/sidecars",
    access: "admin",
    summary: "What every sidecar says of itself: components, subscriptions, features, actors and workflows",
    status: 200,
    response: sidecarsPage,
  },
];
