import { accountEvents } from "@sockshop/contracts/account.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import { eraseCustomer, joinGuest } from "./customers.ts";

/** Accounts that change hands or go. */
export const accountConsumer: Consumer = {
  name: "order-customers",
  topics: ["account-events"],
  async handle(tx, event) {
    if (event.type === "GuestJoined") {
      const { guestId, accountId } = accountEvents.GuestJoined.parse(event.data);
      await joinGuest(tx, guestId, accountId);
    } else if (event.type === "AccountErased") {
      const { accountId } = accountEvents.AccountErased.parse(event.data);
      await eraseCustomer(tx, accountId);
    }
  },
};
