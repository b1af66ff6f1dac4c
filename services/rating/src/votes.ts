import type { helpfulVote } from "@sockshop/contracts/rating.ts";
import { aggregateStore, type Projection } from "@sockshop/platform/aggregate.ts";
import {
  type Database,
  type Queryable,
  type Transaction,
  withTransaction,
} from "@sockshop/platform/database.ts";
import { notFound, Problem } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import { selvesOf } from "./customers.ts";
import { type VoteEvent, vote, voteSubject } from "./vote.ts";

/** Who found which rating helpful, and how many did. */
export const votesProjection: Projection<VoteEvent> = {
  name: "helpful-votes",
  tables: ["helpful_votes", "helpful_counts"],
  project: async (tx, { type, data: { ratingId, voterId } }) => {
    await tx.query(
      type === "RatingFoundHelpful"
        ? "insert into helpful_votes (rating_id, voter_id) values ($1, $2)"
        : "delete from helpful_votes where rating_id = $1 and voter_id = $2",
      [ratingId, voterId],
    );
    await tx.query(
      `insert into helpful_counts as c (rating_id, votes) values ($1, $2)
       on conflict (rating_id) do update set votes = c.votes + excluded.votes`,
      [ratingId, type === "RatingFoundHelpful" ? 1 : -1],
    );
  },
};

export const votes = aggregateStore(vote, [votesProjection]);

type VoteAnswer = z.infer<typeof helpfulVote>;

/** Casts the caller's vote on a rating that is shown, or takes it back; repeats change nothing. */
export async function changeVote(
  database: Database,
  type: "FindHelpful" | "TakeBack",
  { ratingId, voterId }: { ratingId: string; voterId: string },
): Promise<VoteAnswer> {
  return withTransaction(database, async (tx) => {
    await refuseVote(tx, ratingId, voterId);
    const { state } = await votes.execute(tx, voteSubject(ratingId, voterId), { type, ratingId, voterId });
    return { helpful: await countVotes(tx, ratingId), voted: state.voted };
  });
}

async function refuseVote(tx: Transaction, ratingId: string, voterId: string): Promise<void> {
  const { rows } = await tx.query<{ customer_id: string }>(
    "select customer_id from ratings where id = $1 and status = 'approved'",
    [ratingId],
  );
  const shown = rows[0];
  if (!shown) throw notFound("The rating");
  if ((await selvesOf(tx, voterId)).includes(shown.customer_id))
    throw new Problem(403, "own-rating", "Your own rating is for others to find helpful.");
}

async function countVotes(db: Queryable, ratingId: string): Promise<number> {
  const { rows } = await db.query<{ votes: number }>(
    "select votes from helpful_counts where rating_id = $1",
    [ratingId],
  );
  return rows[0]?.votes ?? 0;
}

/** Which of a product's ratings the caller found helpful. */
export async function votesOf(db: Queryable, voterId: string, productId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select r.id from helpful_votes v join ratings r on r.id = v.rating_id
     where v.voter_id = $1 and r.product_id = $2`,
    [voterId, productId],
  );
  return rows.map(({ id }) => id);
}
