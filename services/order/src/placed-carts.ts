import type { Queryable, Transaction } from "@sockshop/platform/database.ts";

export type CartVersion = { cartOwnerId: string; cartVersion: number };

/** Takes a version of a cart for one order; resolves with the order that has it, this one or an earlier. */
export async function claimCart(
  tx: Transaction,
  orderId: string,
  cart: CartVersion,
): Promise<string | undefined> {
  const { rowCount } = await tx.query(
    "insert into cart_claims (cart_owner_id, cart_version, order_id) values ($1, $2, $3) on conflict do nothing",
    [cart.cartOwnerId, cart.cartVersion, orderId],
  );
  return rowCount ? orderId : orderOfCart(tx, cart);
}

/** The order that was made of this version of a cart and has not come to nothing. */
export async function orderOfCart(
  db: Queryable,
  { cartOwnerId, cartVersion }: CartVersion,
): Promise<string | undefined> {
  const { rows } = await db.query<{ order_id: string }>(
    "select order_id from cart_claims where cart_owner_id = $1 and cart_version = $2",
    [cartOwnerId, cartVersion],
  );
  return rows[0]?.order_id;
}

/** Lets the same version of a cart be ordered again. */
export async function releaseCart(tx: Transaction, orderId: string): Promise<void> {
  await tx.query("delete from cart_claims where order_id = $1", [orderId]);
}
