import type { OpenSaga, OpenSagas, openSagaQuery, SagaFilter } from "@sockshop/contracts/order-saga.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import type { z } from "zod";

export type StuckRule = {
  /** A saga that says nothing for longer should have been given its next run. */
  silenceSeconds: number;
  /** No saga should take longer than this. */
  stuckAfterSeconds: number;
};

const isUndoing = `(o.status = 'placed' and o.timeline @> '[{"status": "undoing"}]')`;
const isStuck = `(s.since < clock_timestamp() - make_interval(secs => $1::float8)
  or s.started_at < clock_timestamp() - make_interval(secs => $2::float8))`;
const conditions: Record<SagaFilter, string> = { "under-way": "true", undoing: isUndoing, stuck: isStuck };

type Row = Omit<OpenSaga, "startedAt" | "since" | "fault"> & {
  startedAt: Date;
  since: Date;
  fault: string | null;
};

/** Long work that has not ended, the oldest first, with how many match each filter. */
export async function listOpenSagas(
  db: Queryable,
  { filter, page, pageSize }: z.output<typeof openSagaQuery>,
  { silenceSeconds, stuckAfterSeconds }: StuckRule,
): Promise<OpenSagas> {
  const rule = [silenceSeconds, stuckAfterSeconds];
  const counted = await db.query<Record<SagaFilter, number>>(
    `select count(*)::int as "under-way", count(*) filter (where ${isUndoing})::int as undoing,
            count(*) filter (where ${isStuck})::int as stuck
     from sagas s join orders o on o.order_id = s.order_id where s.finished_at is null`,
    rule,
  );
  const { rows } = await db.query<Row>(
    `select s.order_id as "orderId", s.kind, s.generation, s.step, s.started_at as "startedAt", s.since,
            ${isUndoing} as "isUndoing", ${isStuck} as "isStuck", o.status as "orderStatus", o.currency,
            o.total_cents as "totalCents", coalesce(t.attempts, 0) as attempts, t.fault
     from sagas s join orders o on o.order_id = s.order_id
     left join saga_steps t on t.order_id = s.order_id and t.kind = s.kind and t.generation = s.generation
       and t.step = s.step and t.outcome = 'fault'
     where s.finished_at is null and ${conditions[filter]}
     order by s.started_at, s.order_id, s.kind limit $3 offset $4`,
    [...rule, pageSize, (page - 1) * pageSize],
  );
  const counts = counted.rows[0] ?? { "under-way": 0, undoing: 0, stuck: 0 };
  return { items: rows.map(openSaga), total: counts[filter], page, pageSize, counts, stuckAfterSeconds };
}

const openSaga = ({ startedAt, since, fault, ...row }: Row): OpenSaga => ({
  ...row,
  startedAt: startedAt.toISOString(),
  since: since.toISOString(),
  ...(fault !== null && { fault }),
});
