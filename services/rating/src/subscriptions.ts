import { accountEvents } from "@sockshop/contracts/account.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import { eraseCustomer, joinGuest } from "./customers.ts";
import { purchases } from "./purchases.ts";

/** Accounts that change hands or go. */
const ratingCustomers: Consumer = {
  name: "rating-customers",
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

/** Everything this service hears. */
export const consumers: Consumer[] = [purchases, ratingCustomers];
