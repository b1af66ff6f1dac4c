import { z } from "zod";
import { uuid } from "./text.ts";

export const accountEvents = {
  GuestJoined: z.object({ guestId: uuid, accountId: uuid }),
  /** A guest whose session ran out, and whom nobody can be any more. */
  GuestExpired: z.object({ guestId: uuid }),
  AccountErased: z.object({ accountId: uuid }),
};
