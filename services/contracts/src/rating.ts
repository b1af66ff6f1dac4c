import { z } from "zod";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { instant, optionalText, text, uuid } from "./text.ts";

export const stars = z.int().min(1).max(5);
export const ratingStatus = z.enum(["pending", "approved", "rejected"]);
export type RatingStatus = z.infer<typeof ratingStatus>;
/** Why a rating waits for a moderator. */
export const ratingFlag = z.enum(["link", "abuse", "repetition", "shouting", "rejected-before"]);
export type RatingFlag = z.infer<typeof ratingFlag>;
/** How long after it was first submitted a rating may be edited. */
export const editableDays = 30;

export const rating = z.object({
  id: uuid,
  productId: uuid,
  orderId: uuid,
  stars,
  title: z.string(),
  comment: z.string(),
  status: ratingStatus,
  /** The name its author goes by; empty for guests and for accounts that were erased. */
  author: z.string(),
  createdAt: instant,
  /** When it was last edited; absent while it is as it was first submitted. */
  editedAt: instant.optional(),
  /** How many people found it helpful. */
  helpful: z.int(),
});
export type Rating = z.infer<typeof rating>;

export const ratingSummary = z.object({
  /** Of 1 to 5 with two decimals; 0 where nobody has rated. */
  average: z.number(),
  count: z.int(),
  histogram: z.object({ 1: z.int(), 2: z.int(), 3: z.int(), 4: z.int(), 5: z.int() }),
});
export type RatingSummary = z.infer<typeof ratingSummary>;
export const productRatingPage = page(rating).extend({ summary: ratingSummary });
export type ProductRatingPage = z.infer<typeof productRatingPage>;

/** A rating as its author sees it. */
export const ownRating = rating.extend({
  productName: z.string(),
  editableUntil: instant,
  /** What the moderator told about a rejection. */
  reason: z.string().optional(),
});
export type OwnRating = z.infer<typeof ownRating>;
/** A product that was received and not rated yet. */
export const rateable = z.object({
  orderId: uuid,
  productId: uuid,
  productName: z.string(),
  deliveredAt: instant,
});
export type Rateable = z.infer<typeof rateable>;
export const ownRatings = page(ownRating).extend({
  /** The newest hundred. */
  rateable: z.array(rateable),
  /** Ratings of the asked product that the caller found helpful; empty unless a product was asked for. */
  votes: z.array(uuid),
});
export type OwnRatings = z.infer<typeof ownRatings>;

/** A rating as a moderator sees it. */
export const moderatedRating = ownRating.omit({ editableUntil: true }).extend({
  flags: z.array(ratingFlag),
  /** Rises with every edit; a decision may name the one it was made on. */
  revision: z.int(),
});
export type ModeratedRating = z.infer<typeof moderatedRating>;
export const moderatedRatings = page(moderatedRating);

const written = { stars, title: optionalText(120).default(""), comment: optionalText(2000).default("") };
export const newRating = z.object({ orderId: uuid, productId: uuid, ...written });
export const ratingEdit = z.object(written);
export const productRatingQuery = paging.extend({ sort: z.enum(["newest", "helpful"]).default("newest") });
export const ownRatingQuery = paging.extend({ productId: uuid.optional(), orderId: uuid.optional() });
export const moderationQuery = paging.extend({ status: ratingStatus.default("pending") });
/** An edit that came after the given revision is answered with 409. */
export const approval = z.object({ revision: z.int().min(1).optional() });
export const rejection = approval.extend({ reason: text(500) });
export const helpfulVote = z.object({ helpful: z.int(), voted: z.boolean() });

/** What the approved ratings of the product come to once the whole of the change is done. */
const product = z.object({ average: z.number(), count: z.int(), totalStars: z.int() });
const facts = { productId: uuid, orderId: uuid, stars, product };
/** What people wrote is in none of them. */
export const ratingEvents = {
  /** Also for an edit, with a higher revision. */
  RatingSubmitted: z.object({
    ...facts,
    status: z.literal("pending"),
    customerId: uuid,
    revision: z.int().min(1),
    submittedAt: instant,
    flags: z.array(ratingFlag),
  }),
  RatingApproved: z.object({ ...facts, status: z.literal("approved"), by: z.enum(["auto", "moderator"]) }),
  RatingRejected: z.object({ ...facts, status: z.literal("rejected") }),
};

export const ratingRoutes: Route[] = [
  {
    method: "get",
    path: "/ratings/products/:id",
    access: "public",
    summary: "A product's ratings, their average and how they spread",
    query: productRatingQuery,
    status: 200,
    response: productRatingPage,
  },
  {
    method: "get",
    path: "/ratings/mine",
    access: "shopper",
    summary: "Own ratings, and what was received and may still be rated",
    query: ownRatingQuery,
    status: 200,
    response: ownRatings,
  },
  {
    method: "post",
    path: "/ratings",
    access: "shopper",
    summary: "Rate a product that was received",
    body: newRating,
    status: 201,
    response: ownRating,
  },
  {
    method: "put",
    path: "/ratings/:id",
    access: "shopper",
    summary: `Edit an own rating within ${editableDays} days`,
    body: ratingEdit,
    status: 200,
    response: ownRating,
  },
  {
    method: "post",
    path: "/ratings/:id/helpful",
    access: "customer",
    summary: "Find a rating helpful",
    status: 200,
    response: helpfulVote,
  },
  {
    method: "delete",
    path: "/ratings/:id/helpful",
    access: "customer",
    summary: "Take back that it was helpful",
    status: 200,
    response: helpfulVote,
  },
  {
    method: "get",
    path: "/ratings",
    access: "admin",
    summary: "Ratings by status, those that have waited longest first",
    query: moderationQuery,
    status: 200,
    response: moderatedRatings,
  },
  {
    method: "post",
    path: "/ratings/:id/approve",
    access: "admin",
    summary: "Show a rating to everybody",
    body: approval,
    status: 200,
    response: moderatedRating,
  },
  {
    method: "post",
    path: "/ratings/:id/reject",
    access: "admin",
    summary: "Keep a rating from being shown",
    body: rejection,
    status: 200,
    response: moderatedRating,
  },
];
