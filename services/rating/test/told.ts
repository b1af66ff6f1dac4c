import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { told as toldBy } from "../../platform/test/told.ts";
import { consumers } from "../src/subscriptions.ts";

/** What other services told the rating service. */
export function told(database: Database) {
  const { tell, ...rest } = toldBy(database, consumers);
  return {
    ...rest,
    /** An order reaches its customer; resolves with the order's id. */
    async deliver(customerId: string, products: string[], orderId = newId()): Promise<string> {
      const lines = products.flatMap((productId, index) =>
        ["M", "L"].map((size) => ({
          sku: `S-${index}-${size}`,
          productId,
          name: `Sock ${index}`,
          options: { size },
          quantity: 1,
          unitPriceCents: 900,
        })),
      );
      await tell("order-events", "OrderDelivered", orderId, { customerId, lines });
      return orderId;
    },
    refund: (customerId: string, orderId: string) =>
      tell("order-events", "OrderRefunded", orderId, { customerId, amountCents: 900 }),
    join: (guestId: string, accountId: string) =>
      tell("account-events", "GuestJoined", guestId, { guestId, accountId }),
    erase: (accountId: string) => tell("account-events", "AccountErased", accountId, { accountId }),
  };
}
