import type { accountEvents } from "@sockshop/contracts/account.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import type { z } from "zod";

/**
 * A guest's account is open until it joins one account, and then never joins another, or until its session runs out.
 * What an expired guest ordered still carries an address, so it can be erased; one that joined went with its account.
 */
export type Account =
  | { status: "open" }
  | { status: "joined"; accountId: string }
  | { status: "expired" }
  | { status: "erased" };

export type AccountCommand =
  | { type: "JoinGuest"; guestId: string; accountId: string }
  | { type: "ExpireGuest"; guestId: string }
  | { type: "EraseAccount"; accountId: string };

type EventType = "GuestJoined" | "GuestExpired" | "AccountErased";
export type AccountEvent = {
  [Type in EventType]: { type: Type; data: z.infer<(typeof accountEvents)[Type]> };
}[EventType];

/**
 * Its subject is the guest, or the account that is erased: two sign-ins with one guest's cookie meet on one stream, and
 * the first wins.
 */
export const account: Aggregate<Account, AccountCommand, AccountEvent> = {
  stream: "account",
  topic: "account-events",
  initial: { status: "open" },
  decide(command, { status }) {
    switch (command.type) {
      case "JoinGuest": {
        const { guestId, accountId } = command;
        return status === "open" ? [{ type: "GuestJoined", data: { guestId, accountId } }] : [];
      }
      case "ExpireGuest":
        return status === "open" ? [{ type: "GuestExpired", data: { guestId: command.guestId } }] : [];
      case "EraseAccount":
        return status === "open" || status === "expired"
          ? [{ type: "AccountErased", data: { accountId: command.accountId } }]
          : [];
    }
  },
  evolve(_state, event) {
    switch (event.type) {
      case "GuestJoined":
        return { status: "joined", accountId: event.data.accountId };
      case "GuestExpired":
        return { status: "expired" };
      case "AccountErased":
        return { status: "erased" };
    }
  },
};
