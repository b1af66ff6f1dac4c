import { accountEvents } from "@sockshop/contracts/account.ts";
import { orderEvents } from "@sockshop/contracts/order.ts";
import type { Transaction } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import { carts } from "./carts.ts";
import { holdPrices, repricing } from "./prices.ts";
import { productCopies } from "./products.ts";

/** Takes what was ordered out of the cart it was ordered from, or out of the one that cart was joined to. */
const orderedCarts: Consumer = {
  name: "ordered-carts",
  topics: ["order-events"],
  async handle(tx, event) {
    if (event.type !== "OrderConfirmed") return;
    const { cartOwnerId, lines } = orderEvents.OrderConfirmed.parse(event.data);
    const ownerId = await lockCurrentOwner(tx, cartOwnerId);
    await carts.execute(tx, ownerId, { type: "Order", orderId: event.subject, lines });
  },
};

/** Joins a guest's cart to the account's at sign-in, and empties the carts of erased accounts and of guests who are gone. */
const accountCarts: Consumer = {
  name: "account-carts",
  topics: ["account-events"],
  async handle(tx, event) {
    if (event.type === "GuestJoined") return joinCarts(tx, accountEvents.GuestJoined.parse(event.data));
    if (event.type === "GuestExpired") {
      const { guestId } = accountEvents.GuestExpired.parse(event.data);
      // Looked at first: most guests never put anything in, and need no stream.
      const { lines } = await carts.load(tx, guestId);
      if (lines.length > 0) await carts.execute(tx, guestId, { type: "Empty" });
    }
    if (event.type === "AccountErased") {
      const { accountId } = accountEvents.AccountErased.parse(event.data);
      await carts.execute(tx, await lockCurrentOwner(tx, accountId), { type: "Empty" });
    }
  },
};

async function joinCarts(tx: Transaction, { guestId, accountId }: { guestId: string; accountId: string }) {
  await holdPrices(tx);
  const guest = await carts.lock(tx, guestId);
  if (guest.joinedTo) return;
  const ownerId = await lockCurrentOwner(tx, accountId);
  // A pointer back to the guest would be followed in a circle for ever.
  if (ownerId === guestId) return;
  await carts.execute(tx, ownerId, { type: "MergeGuest", guestId, lines: guest.lines });
  await carts.execute(tx, guestId, { type: "LeavePointer", accountId: ownerId });
}

/** Locks carts along the pointers; always from the guest's to the account's, so that two such walks cannot deadlock. */
async function lockCurrentOwner(tx: Transaction, ownerId: string): Promise<string> {
  const { joinedTo } = await carts.lock(tx, ownerId);
  return joinedTo ? lockCurrentOwner(tx, joinedTo) : ownerId;
}

/** Everything this service hears. */
export const consumers: Consumer[] = [productCopies, repricing, orderedCarts, accountCarts];
