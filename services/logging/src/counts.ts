import type { ErrorCountQuery, errorCounts, Period, routeTimes } from "@sockshop/contracts/logging.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import type { z } from "zod";

const bounds = ({ from, to }: Period) => [from ?? "-infinity", to ?? "infinity"];

/** Errors and warnings of each step of minutes by service, the newest first. */
export async function listErrorCounts(
  db: Queryable,
  { step = 1, ...period }: Partial<ErrorCountQuery>,
): Promise<z.infer<typeof errorCounts>> {
  const { rows } = await db.query<{ minute: Date; service: string; errors: number; warnings: number }>(
    `select date_bin(make_interval(mins => $3), minute, 'epoch'::timestamptz) as minute, service,
            sum(errors)::int as errors, sum(warnings)::int as warnings
     from error_counts where minute between date_trunc('minute', $1::timestamptz) and $2
     group by 1, service order by 1 desc, service limit 1000`,
    [...bounds(period), step],
  );
  return { items: rows.map((row) => ({ ...row, minute: row.minute.toISOString() })) };
}

type RouteTimes = z.infer<typeof routeTimes>;

/** Routes by their average duration, the slowest first. */
export async function listRouteTimes(db: Queryable, period: Period): Promise<RouteTimes> {
  const { rows } = await db.query<RouteTimes["items"][number]>(
    `select service, method, route, sum(requests)::int as requests,
            round(sum(total_ms) / sum(requests), 1)::float as "averageMs", max(max_ms) as "maxMs",
            sum(slow)::int as slow, sum(failed)::int as failed
     from route_times where hour between date_trunc('hour', $1::timestamptz) and $2
     group by service, method, route order by "averageMs" desc, service, route, method limit 100`,
    bounds(period),
  );
  return { items: rows };
}
