import type {
  moderationQuery,
  ownRatingQuery,
  ProductRatingPage,
  productRatingQuery,
  RatingSummary,
} from "@sockshop/contracts/rating.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import type { z } from "zod";
import { averageOf } from "./rating.ts";
import { publicRating, type RatingRow, ratingColumns, ratingTables } from "./rating-view.ts";

/** One page of a product's approved ratings, and what all of them come to. */
export async function listOfProduct(
  db: Queryable,
  productId: string,
  query: z.infer<typeof productRatingQuery>,
): Promise<ProductRatingPage> {
  const summary = await summaryOf(db, productId);
  const { rows } = await db.query<RatingRow>(
    `select ${ratingColumns} from ${ratingTables} where r.product_id = $1 and r.status = 'approved'
     order by ${query.sort === "helpful" ? "coalesce(c.votes, 0) desc," : ""} r.created_at desc, r.id desc
     limit $2 offset $3`,
    [productId, query.pageSize, (query.page - 1) * query.pageSize],
  );
  const { page, pageSize } = query;
  return { items: rows.map(publicRating), total: summary.count, page, pageSize, summary };
}

async function summaryOf(db: Queryable, productId: string): Promise<RatingSummary> {
  const { rows } = await db.query<{ stars: 1 | 2 | 3 | 4 | 5; count: number }>(
    "select stars, count from rating_histograms where product_id = $1",
    [productId],
  );
  const histogram = { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 };
  for (const { stars, count } of rows) histogram[stars] = count;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const totalStars = rows.reduce((sum, row) => sum + row.stars * row.count, 0);
  return { average: averageOf(totalStars, count), count, histogram };
}

type Found = { rows: RatingRow[]; total: number };

/** What these customers rated, the latest first. */
export function listOfCustomer(
  db: Queryable,
  customerIds: string[],
  query: z.infer<typeof ownRatingQuery>,
): Promise<Found> {
  return findPage(db, query, {
    where: `r.customer_id = any($1::uuid[]) and ($2::uuid is null or r.product_id = $2)
      and ($3::uuid is null or r.order_id = $3)`,
    values: [customerIds, query.productId ?? null, query.orderId ?? null],
    order: "r.created_at desc, r.id desc",
  });
}

/** Ratings in one state of moderation, those that have waited longest first. */
export function listByStatus(db: Queryable, query: z.infer<typeof moderationQuery>): Promise<Found> {
  return findPage(db, query, {
    where: "r.status = $1",
    values: [query.status],
    order: "r.submitted_at, r.id",
  });
}

async function findPage(
  db: Queryable,
  { page, pageSize }: { page: number; pageSize: number },
  { where, values, order }: { where: string; values: unknown[]; order: string },
): Promise<Found> {
  const counted = await db.query<{ total: number }>(
    `select count(*) as total from ratings r where ${where}`,
    values,
  );
  const { rows } = await db.query<RatingRow>(
    `select ${ratingColumns} from ${ratingTables} where ${where} order by ${order}
     limit ${pageSize} offset ${(page - 1) * pageSize}`,
    values,
  );
  return { rows, total: counted.rows[0]?.total ?? 0 };
}

export async function findRating(db: Queryable, ratingId: string): Promise<RatingRow | undefined> {
  const { rows } = await db.query<RatingRow>(`select ${ratingColumns} from ${ratingTables} where r.id = $1`, [
    ratingId,
  ]);
  return rows[0];
}
