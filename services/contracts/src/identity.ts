import { z } from "zod";

/** What the gateway's signed token says about the caller; `guest` is an anonymous session. */
export const identity = z.object({
  userId: z.uuid(),
  role: z.enum(["guest", "customer", "admin"]),
  /** The display name others may see (ratings); absent for guests. */
  name: z.string().optional(),
  /** Present for accounts only. */
  email: z.string().optional(),
});
export type Identity = z.infer<typeof identity>;
