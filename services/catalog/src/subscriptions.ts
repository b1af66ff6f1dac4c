import { ratingEvents } from "@sockshop/contracts/rating.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";

/** Keeps what customers thought of each product; every rating event tells the whole sums, so that the last one counts. */
export const productRatings: Consumer = {
  name: "product-ratings",
  topics: ["rating-events"],
  tables: ["product_ratings"],
  async handle(tx, event) {
    if (!(event.type in ratingEvents)) return;
    const { productId, product } = told.parse(event.data);
    await tx.query(
      `insert into product_ratings (product_id, stars, count) values ($1, $2, $3)
       on conflict (product_id) do update set stars = excluded.stars, count = excluded.count`,
      [productId, product.totalStars, product.count],
    );
  },
};

const told = ratingEvents.RatingApproved.pick({ productId: true, product: true });
