import type { Identity } from "@sockshop/contracts/identity.ts";
import type { newRating, ratingEdit } from "@sockshop/contracts/rating.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { conflict, notFound, Problem } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import { holdCustomer, selvesOf } from "./customers.ts";
import { flagsOf } from "./moderation.ts";
import { hasReceived } from "./purchases.ts";
import { changeRating } from "./rating-changes.ts";
import { saveTexts } from "./rating-texts.ts";
import { ratings } from "./ratings.ts";

export type SubmitParts = { database: Database; now: () => Date };
type Edit = z.infer<typeof ratingEdit>;

/** Rates one product of one delivered order, once; resolves with the rating's id. Throws 403 or 409. */
export async function submitRating(
  { database, now }: SubmitParts,
  who: Identity,
  { orderId, productId, ...written }: z.infer<typeof newRating>,
): Promise<string> {
  const ratingId = newId();
  await withTransaction(database, async (tx) => {
    const customerId = await holdCustomer(tx, who.userId);
    if (!(await hasReceived(tx, await selvesOf(tx, customerId), { orderId, productId })))
      throw new Problem(403, "not-received", "Only who has received this product may rate it.");
    await claim(tx, { orderId, productId, ratingId });
    const { texts, command } = read(who, written, now());
    await changeRating(
      tx,
      { ratingId, productId },
      { type: "Submit", customerId, productId, orderId, ...command },
    );
    await saveTexts(tx, ratingId, texts);
  });
  return ratingId;
}

async function claim(
  tx: Transaction,
  { orderId, productId, ratingId }: { orderId: string; productId: string; ratingId: string },
): Promise<void> {
  const { rowCount } = await tx.query(
    "insert into rating_claims (order_id, product_id, rating_id) values ($1, $2, $3) on conflict do nothing",
    [orderId, productId, ratingId],
  );
  if (rowCount) return;
  const { rows } = await tx.query<{ rating_id: string }>(
    "select rating_id from rating_claims where order_id = $1 and product_id = $2",
    [orderId, productId],
  );
  throw conflict("already-rated", "You have rated this product of this order. Edit that rating instead.", {
    ratingId: rows[0]?.rating_id,
  });
}

/** Replaces what the caller gave and wrote; another's rating is not found. Throws 409 after the time for edits. */
export async function editRating(
  { database, now }: SubmitParts,
  who: Identity,
  { ratingId, ...written }: Edit & { ratingId: string },
): Promise<void> {
  await withTransaction(database, async (tx) => {
    const customerId = await holdCustomer(tx, who.userId);
    const state = await ratings.load(tx, ratingId);
    if (state.status === "none" || !(await selvesOf(tx, customerId)).includes(state.customerId))
      throw notFound("The rating");
    const { texts, command } = read(who, written, now());
    await changeRating(tx, { ratingId, productId: state.productId }, { type: "Edit", ...command });
    await saveTexts(tx, ratingId, texts);
  });
}

const longestName = 120;

/** Parts what events may tell from what they may not. */
function read({ name }: Identity, { stars, title, comment }: Edit, at: Date) {
  const texts = { title, comment, author: (name ?? "").trim().slice(0, longestName).toWellFormed() };
  return { texts, command: { stars, flags: flagsOf(texts), at: at.toISOString() } };
}
