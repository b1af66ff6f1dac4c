import { z } from "zod";

/** Where traces are looked at. The page of one is `url` with its trace id behind it; without `url` none are kept. */
export const traces = z.object({
  url: z.url().optional(),
  /** The share of requests that are traced, from 0 to 1. */
  sampling: z.number(),
  missing: z.object({ why: z.string(), whatToDo: z.string() }).optional(),
});
export type Traces = z.infer<typeof traces>;
