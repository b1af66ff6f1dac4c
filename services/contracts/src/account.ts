import { z } from "zod";
import { uuid } from "./text.ts";

export const accountEvents = {
  GuestJoined: z.object({ guestId: uuid, accountId: uuid }),
  AccountErased: z.object({ accountId: uuid }),
};
