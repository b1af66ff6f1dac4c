import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { notFound } from "@sockshop/platform/problem.ts";
import { changeRating } from "./rating-changes.ts";
import { saveReason } from "./rating-texts.ts";
import { ratings } from "./ratings.ts";

export type Decision =
  | { type: "Approve"; revision?: number | undefined }
  | { type: "Reject"; reason: string; revision?: number | undefined };

/** What a moderator decides; it may be decided otherwise later. Throws 404, or 409 when the rating was edited meanwhile. */
export async function moderate(database: Database, ratingId: string, decision: Decision): Promise<void> {
  const { type, revision } = decision;
  await withTransaction(database, async (tx) => {
    const state = await ratings.load(tx, ratingId);
    if (state.status === "none") throw notFound("The rating");
    await changeRating(tx, { ratingId, productId: state.productId }, { type, revision });
    await saveReason(tx, ratingId, decision.type === "Reject" ? decision.reason : null);
  });
}
