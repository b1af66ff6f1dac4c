import type { accountEvents } from "@sockshop/contracts/account.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import type { z } from "zod";

/** A guest's account is open until it joins one account, and then never joins another, or until its session runs out. */
export type Account = { status: "open" } | { status: "joined"; accountId: string } | { status: "expired" };

export type AccountCommand =
  | { type: "JoinGuest"; guestId: string; accountId: string }
  | { type: "ExpireGuest"; guestId: string };

export type AccountEvent = {
  [Type in "GuestJoined" | "GuestExpired"]: { type: Type; data: z.infer<(typeof accountEvents)[Type]> };
}["GuestJoined" | "GuestExpired"];

/** Its subject is the guest: two sign-ins with one guest's cookie meet on one stream, and the first wins. */
export const account: Aggregate<Account, AccountCommand, AccountEvent> = {
  stream: "account",
  topic: "account-events",
  initial: { status: "open" },
  decide(command, state) {
    if (state.status !== "open") return [];
    const { guestId } = command;
    return command.type === "ExpireGuest"
      ? [{ type: "GuestExpired", data: { guestId } }]
      : [{ type: "GuestJoined", data: { guestId, accountId: command.accountId } }];
  },
  evolve: (_state, event) =>
    event.type === "GuestExpired"
      ? { status: "expired" }
      : { status: "joined", accountId: event.data.accountId },
};
