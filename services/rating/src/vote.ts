import type { Aggregate } from "@sockshop/platform/aggregate.ts";

type VoteState = { voted: boolean };
type VoteCommand = { type: "FindHelpful" | "TakeBack"; ratingId: string; voterId: string };
export type VoteEvent = {
  type: "RatingFoundHelpful" | "HelpfulTakenBack";
  data: { ratingId: string; voterId: string };
};

/** One person's vote on one rating: a stream of its own, so that votes on a popular rating do not wait for each other. */
export const vote: Aggregate<VoteState, VoteCommand, VoteEvent> = {
  stream: "helpful-vote",
  topic: "rating-events",
  privateTypes: ["RatingFoundHelpful", "HelpfulTakenBack"],
  initial: { voted: false },
  decide({ type, ratingId, voterId }, { voted }) {
    if (voted === (type === "FindHelpful")) return [];
    return [{ type: voted ? "HelpfulTakenBack" : "RatingFoundHelpful", data: { ratingId, voterId } }];
  },
  evolve: (_state, event) => ({ voted: event.type === "RatingFoundHelpful" }),
};

export const voteSubject = (ratingId: string, voterId: string) => `${ratingId}/${voterId}`;
