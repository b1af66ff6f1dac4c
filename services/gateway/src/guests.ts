import { aggregateStore } from "@sockshop/platform/aggregate.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { unauthenticated } from "@sockshop/platform/problem.ts";
import { account } from "./account.ts";

export const accounts = aggregateStore(account);

/**
 * Joins a guest to an account: GuestJoined enters the outbox and the guest is deleted in one transaction, so that there
 * is never a guest without an owner. After a failure the guest and its cookie are still there, and the next sign-in joins.
 */
export function joinGuest(database: Database, ids: { guestId: string; accountId: string }): Promise<void> {
  return withTransaction(database, async (tx) => {
    // What joined an account after it was erased would never be blanked.
    const { rowCount } = await tx.query("select from users where id = $1 for key share", [ids.accountId]);
    if (rowCount === 0) throw unauthenticated();
    await accounts.execute(tx, ids.guestId, { type: "JoinGuest", ...ids });
    await tx.query("delete from users where id = $1 and is_anonymous", [ids.guestId]);
  });
}
