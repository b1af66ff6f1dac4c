import type { RatingFlag, RatingStatus } from "@sockshop/contracts/rating.ts";

/** What one to five stars say. */
export const starWords = ["Poor", "Fair", "Good", "Very good", "Excellent"];

export const statusWords: Record<RatingStatus, string> = {
  pending: "In review",
  approved: "Published",
  rejected: "Not published",
};

/** Why a rating waits, for moderators. */
export const flagWords: Record<RatingFlag, string> = {
  link: "Link or address",
  abuse: "Abusive word",
  repetition: "Repetition",
  shouting: "Capitals",
  "rejected-before": "Rejected before",
};

/** Guests have no name to show, and erased accounts none any more. */
export const authorName = (author: string): string => author || "A customer";

export const helpfulWords = (count: number): string =>
  `${count === 1 ? "1 person" : `${count} people`} found this helpful`;
