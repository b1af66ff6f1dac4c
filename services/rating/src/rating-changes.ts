import type { Transaction } from "@sockshop/platform/database.ts";
import type { RatingCommand, Standing } from "./rating.ts";
import { ratings } from "./ratings.ts";

/** The one way to change a rating: under its product's lock, which keeps the sums in events true and in order. */
export async function changeRating(
  tx: Transaction,
  about: { ratingId: string; productId: string },
  command: RatingCommand,
): Promise<void> {
  const standing = await lockStanding(tx, about.productId);
  const { events } = await ratings.execute(tx, about.ratingId, { ...command, standing });
  const product = events.at(-1)?.data.product;
  if (product)
    await tx.query("update standings set total_stars = $2, count = $3 where product_id = $1", [
      about.productId,
      product.totalStars,
      product.count,
    ]);
}

async function lockStanding(tx: Transaction, productId: string): Promise<Standing> {
  await tx.query("insert into standings (product_id) values ($1) on conflict do nothing", [productId]);
  const { rows } = await tx.query<{ total_stars: number; count: number }>(
    "select total_stars, count from standings where product_id = $1 for update",
    [productId],
  );
  return { totalStars: rows[0]?.total_stars ?? 0, count: rows[0]?.count ?? 0 };
}
