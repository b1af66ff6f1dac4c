import type {
  ModeratedRating,
  OwnRating,
  Rating,
  RatingFlag,
  RatingStatus,
} from "@sockshop/contracts/rating.ts";
import { editableUntil } from "./rating.ts";

/** A rating as the queries select it, by `ratingColumns` from `ratingTables`. */
export type RatingRow = {
  id: string;
  product_id: string;
  order_id: string;
  customer_id: string;
  stars: number;
  status: RatingStatus;
  flags: RatingFlag[];
  revision: number;
  created_at: Date;
  submitted_at: Date;
  title: string | null;
  comment: string | null;
  author: string | null;
  reason: string | null;
  product_name: string | null;
  votes: number | null;
};

export const ratingColumns = "r.*, t.title, t.comment, t.author, t.reason, p.product_name, c.votes";
export const ratingTables = `ratings r
  left join rating_texts t on t.rating_id = r.id
  left join purchases p on p.order_id = r.order_id and p.product_id = r.product_id
  left join helpful_counts c on c.rating_id = r.id`;

export function publicRating(row: RatingRow): Rating {
  return {
    id: row.id,
    productId: row.product_id,
    orderId: row.order_id,
    stars: row.stars,
    title: row.title ?? "",
    comment: row.comment ?? "",
    status: row.status,
    author: row.author ?? "",
    createdAt: row.created_at.toISOString(),
    ...(row.revision > 1 && { editedAt: row.submitted_at.toISOString() }),
    helpful: row.votes ?? 0,
  };
}

export const ownRating = (row: RatingRow): OwnRating => ({
  ...publicRating(row),
  ...moderation(row),
  editableUntil: editableUntil(row.created_at).toISOString(),
});

export const moderatedRating = (row: RatingRow): ModeratedRating => ({
  ...publicRating(row),
  ...moderation(row),
  flags: row.flags,
  revision: row.revision,
});

const moderation = ({ product_name, reason }: RatingRow) => ({
  productName: product_name ?? "",
  ...(reason !== null && { reason }),
});
