import { z } from "zod";

/** CloudEvents 1.0 envelope of every business event (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md). */
export const cloudEvent = z.object({
  specversion: z.literal("1.0"),
  id: z.uuid(),
  /** The app-id that published it. */
  source: z.string(),
  type: z.string(),
  /** The aggregate's id. */
  subject: z.string(),
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z.literal("application/json").default("application/json"),
  traceparent: z.string().optional(),
  /** Gapless from 1 for each (source, topic); consumers apply in this order and no other. */
  position: z.int().min(1),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof cloudEvent>;

/** What a source answers to gap filling: events after the asked position, and how far the topic goes. */
export const eventsAfter = z.object({ head: z.int().min(0), items: z.array(cloudEvent) });
