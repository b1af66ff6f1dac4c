import type { Queryable } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";

/** As many as the longest window that may be set. */
export const keptPayments = 1_000;

/** How the latest authorizations ended, by their position in the topic. */
export const recentPayments: Consumer = {
  name: "recent-payments",
  topics: ["payment-events"],
  tables: ["recent_payments"],
  async handle(tx, { type, position }) {
    if (type !== "PaymentAuthorized" && type !== "PaymentDeclined") return;
    await tx.query(
      "insert into recent_payments (position, declined) values ($1, $2) on conflict do nothing",
      [position, type === "PaymentDeclined"],
    );
    await tx.query(
      `delete from recent_payments
       where position < (select position from recent_payments order by position desc offset $1 limit 1)`,
      [keptPayments - 1],
    );
  },
};

/** The latest `window` authorizations, and how many of them were declined. */
export async function countPayments(
  db: Queryable,
  window: number,
): Promise<{ count: number; declined: number }> {
  const { rows } = await db.query<{ count: number; declined: number }>(
    `select count(*), count(*) filter (where declined) as declined
     from (select declined from recent_payments order by position desc limit $1) latest`,
    [window],
  );
  return rows[0] ?? { count: 0, declined: 0 };
}
