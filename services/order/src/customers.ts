import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import { forbidden } from "@sockshop/platform/problem.ts";
import { moveKeys } from "./idempotency.ts";
import { changeOrder } from "./order-changes.ts";
import { blankDetails } from "./order-details.ts";
import { ordersOf } from "./orders.ts";

/** Queues what is placed by one customer and what changes that customer, until the transaction ends. */
export async function lockCustomer(tx: Transaction, customerId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [customerId]);
}

/** Under which id a caller's orders are kept: a guest that has joined an account is that account. Throws a 403 for an erased one. */
export async function currentCustomer(db: Queryable, userId: string): Promise<string> {
  const { rows } = await db.query<{ became: string | null }>(
    "select became from former_customers where customer_id = $1",
    [userId],
  );
  const former = rows[0];
  if (!former) return userId;
  if (!former.became) throw forbidden("This account was erased.");
  return currentCustomer(db, former.became);
}

/** Those of these guests that have joined an account by the cart's word and not yet by ours; in the order in which they are locked. */
export async function unheardGuests(db: Queryable, guestIds: string[]): Promise<string[]> {
  if (guestIds.length === 0) return [];
  const { rows } = await db.query<{ id: string }>(
    `select id from unnest($1::uuid[]) id
     where not exists (select 1 from former_customers where customer_id = id) order by id`,
    [guestIds],
  );
  return rows.map((row) => row.id);
}

/** What a guest ordered belongs to the account it became, and so do the keys it used. */
export async function joinGuest(tx: Transaction, guestId: string, accountId: string): Promise<void> {
  await lockCustomer(tx, guestId);
  // The account may be using one of the guest's keys at this moment; the guest first, as one who orders locks both.
  await lockCustomer(tx, accountId);
  await tx.query(
    "insert into former_customers (customer_id, became) values ($1, $2) on conflict do nothing",
    [guestId, accountId],
  );
  for (const orderId of await ordersOf(tx, guestId))
    await changeOrder(tx, orderId, { type: "Reown", customerId: accountId });
  await moveKeys(tx, guestId, accountId);
}

/** The orders stay, for the books; what is personal about them goes. */
export async function eraseCustomer(tx: Transaction, accountId: string): Promise<void> {
  await lockCustomer(tx, accountId);
  await tx.query(
    `insert into former_customers (customer_id, became) values ($1, null)
     on conflict (customer_id) do update set became = null`,
    [accountId],
  );
  await blankDetails(tx, await ordersOf(tx, accountId));
}
