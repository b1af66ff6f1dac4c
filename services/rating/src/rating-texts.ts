import type { Queryable } from "@sockshop/platform/database.ts";

/** What is personal about a rating; it is in this table and in no event. */
export type RatingTexts = { title: string; comment: string; author: string };

/** Stores what was written; what a moderator told about an earlier version goes. */
export async function saveTexts(tx: Queryable, ratingId: string, texts: RatingTexts): Promise<void> {
  await tx.query(
    `insert into rating_texts (rating_id, title, comment, author) values ($1, $2, $3, $4)
     on conflict (rating_id) do update
     set title = excluded.title, comment = excluded.comment, author = excluded.author, reason = null`,
    [ratingId, texts.title, texts.comment, texts.author],
  );
}

export async function saveReason(tx: Queryable, ratingId: string, reason: string | null): Promise<void> {
  await tx.query("update rating_texts set reason = $2 where rating_id = $1", [ratingId, reason]);
}

/** Leaves nothing personal of what these customers wrote. */
export async function blankTexts(tx: Queryable, customerIds: string[]): Promise<void> {
  await tx.query(
    `update rating_texts set title = '', comment = '', author = '', reason = null
     where rating_id in (select id from ratings where customer_id = any($1::uuid[]))`,
    [customerIds],
  );
}
