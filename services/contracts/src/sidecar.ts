import { z } from "zod";

/** The one service that other services tell of their sidecars, and where it asks. */
export const sidecarReader = { appId: "monitoring", path: "/internal/sidecar" } as const;

// Where a sidecar has none of something it says null, or nothing.
const named = z.object({ name: z.string() });

/**
 * What a sidecar tells of itself (https://docs.dapr.io/reference/api/metadata_api/), without its `extended` part, which holds
 * command lines, and without subscriptions' metadata.
 */
export const sidecarMetadata = z.object({
  id: z.string(),
  runtimeVersion: z.string(),
  enabledFeatures: z.array(z.string()).catch([]),
  components: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        version: z.string().default(""),
        capabilities: z.array(z.string()).catch([]),
      }),
    )
    .catch([]),
  httpEndpoints: z.array(named).catch([]),
  subscriptions: z
    .array(
      z.object({
        pubsubname: z.string(),
        topic: z.string(),
        deadLetterTopic: z.string().optional(),
        type: z.string().default(""),
        rules: z.array(z.object({ match: z.string().default(""), path: z.string().default("") })).catch([]),
      }),
    )
    .catch([]),
  appConnectionProperties: z
    .object({
      port: z.number().optional(),
      protocol: z.string().optional(),
      channelAddress: z.string().optional(),
      maxConcurrency: z.number().optional(),
    })
    .optional(),
  actorRuntime: z
    .object({
      runtimeStatus: z.string().optional(),
      hostReady: z.boolean().optional(),
      placement: z.string().optional(),
      activeActors: z.array(z.object({ type: z.string(), count: z.number().default(0) })).catch([]),
    })
    .optional(),
  scheduler: z
    .object({
      connected_addresses: z.array(z.string()).catch([]),
    })
    .optional(),
  workflows: z.object({ connectedWorkers: z.number().default(0) }).optional(),
});
export type SidecarMetadata = z.output<typeof sidecarMetadata>;
