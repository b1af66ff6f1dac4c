import { aggregateStore, type Projection } from "@sockshop/platform/aggregate.ts";
import type { Transaction } from "@sockshop/platform/database.ts";
import { type RatingEvent, rating } from "./rating.ts";

/** The ratings, and how a product's approved ones spread. */
export const ratingsProjection: Projection<RatingEvent> = {
  name: "ratings",
  tables: ["ratings", "rating_histograms"],
  project: async (tx, event) => {
    await count(tx, event.subject, -1);
    if (event.type === "RatingSubmitted") await store(tx, event.subject, event.data);
    else await tx.query("update ratings set status = $2 where id = $1", [event.subject, event.data.status]);
    await count(tx, event.subject, 1);
  },
};

export const ratings = aggregateStore(rating, [ratingsProjection]);

/** Adds the rating to its product's histogram, or takes it out, if it is shown. */
async function count(tx: Transaction, ratingId: string, change: 1 | -1): Promise<void> {
  await tx.query(
    `insert into rating_histograms as h (product_id, stars, count)
     select product_id, stars, $2 from ratings where id = $1 and status = 'approved'
     on conflict (product_id, stars) do update set count = h.count + excluded.count`,
    [ratingId, change],
  );
}

type Submitted = Extract<RatingEvent, { type: "RatingSubmitted" }>["data"];

async function store(tx: Transaction, ratingId: string, data: Submitted): Promise<void> {
  await tx.query(
    `insert into ratings (id, product_id, order_id, customer_id, stars, status, flags, revision, created_at, submitted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
     on conflict (id) do update set stars = excluded.stars, status = excluded.status, flags = excluded.flags,
       revision = excluded.revision, submitted_at = excluded.submitted_at`,
    [
      ratingId,
      data.productId,
      data.orderId,
      data.customerId,
      data.stars,
      data.status,
      data.flags,
      data.revision,
      data.submittedAt,
    ],
  );
}
