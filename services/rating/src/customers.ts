import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import { forbidden } from "@sockshop/platform/problem.ts";
import { blankTexts } from "./rating-texts.ts";

/**
 * Queues what a customer writes and what changes that customer, until the transaction ends. Resolves with the id that
 * the caller's ratings are kept under: a guest that has joined an account is that account. Throws a 403 for an erased one.
 */
export async function holdCustomer(tx: Transaction, userId: string): Promise<string> {
  await lockCustomer(tx, userId);
  const former = await formerCustomer(tx, userId);
  if (!former) return userId;
  if (!former.became) throw forbidden("This account was erased.");
  return holdCustomer(tx, former.became);
}

async function lockCustomer(tx: Transaction, customerId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [customerId]);
}

async function formerCustomer(
  db: Queryable,
  customerId: string,
): Promise<{ became: string | null } | undefined> {
  const { rows } = await db.query<{ became: string | null }>(
    "select became from former_customers where customer_id = $1",
    [customerId],
  );
  return rows[0];
}

/** Every id that the caller has gone by: the own one, the account it became, and the guests that account was. */
export async function selvesOf(db: Queryable, userId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with recursive account(id) as (
       select $1::uuid
       union select f.became from former_customers f join account a on f.customer_id = a.id where f.became is not null
     ), self(id) as (
       select id from account
       union select f.customer_id from former_customers f join self s on f.became = s.id
     )
     select id from self`,
    [userId],
  );
  return rows.map(({ id }) => id);
}

/** What a guest received and rated belongs to the account it became. */
export async function joinGuest(tx: Transaction, guestId: string, accountId: string): Promise<void> {
  await lockCustomer(tx, guestId);
  await tx.query(
    "insert into former_customers (customer_id, became) values ($1, $2) on conflict do nothing",
    [guestId, accountId],
  );
}

/** The stars stay; words and name go. */
export async function eraseCustomer(tx: Transaction, accountId: string): Promise<void> {
  await lockCustomer(tx, accountId);
  await tx.query(
    `insert into former_customers (customer_id, became) values ($1, null)
     on conflict (customer_id) do update set became = null`,
    [accountId],
  );
  await blankTexts(tx, await selvesOf(tx, accountId));
}
