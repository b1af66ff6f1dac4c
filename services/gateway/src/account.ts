import type { accountEvents } from "@sockshop/contracts/account.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import type { z } from "zod";

/** A guest's account is open until it joins one account, and then never joins another. */
export type Account = { status: "open" } | { status: "joined"; accountId: string };

export type AccountCommand = { type: "JoinGuest"; guestId: string; accountId: string };

export type AccountEvent = { type: "GuestJoined"; data: z.infer<(typeof accountEvents)["GuestJoined"]> };

/** Its subject is the guest: two sign-ins with one guest's cookie meet on one stream, and the first wins. */
export const account: Aggregate<Account, AccountCommand, AccountEvent> = {
  stream: "account",
  topic: "account-events",
  initial: { status: "open" },
  decide({ guestId, accountId }, state) {
    if (state.status === "joined") return [];
    return [{ type: "GuestJoined", data: { guestId, accountId } }];
  },
  evolve: (_state, { data }) => ({ status: "joined", accountId: data.accountId }),
};
