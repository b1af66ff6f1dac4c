import type { Database, Queryable, Transaction } from "@sockshop/platform/database.ts";
import { currentContext } from "@sockshop/platform/request-context.ts";
import type { WorkflowHost } from "@sockshop/platform/workflow-host.ts";

export type SagaKind = "checkout" | "cancel" | "refund";
/** One run of an order's long work, and the whole input of its workflow; a generation is higher than any before it of the same order. */
export type SagaRun = { orderId: string; kind: SagaKind; generation: number; traceparent?: string };

export const workflowNames = {
  checkout: "checkout.v1",
  cancel: "cancel.v1",
  refund: "refund.v1",
} as const satisfies Record<SagaKind, string>;

/** `<orderId>.<generation>`, with the kind between them for all but the checkout. */
export const instanceId = ({ orderId, kind, generation }: SagaRun): string =>
  kind === "checkout" ? `${orderId}.${generation}` : `${orderId}.${kind}.${generation}`;

const nextGeneration = "(select coalesce(max(generation), 0) + 1 from sagas where order_id = $1)";

/** Writes down that the work must be done, in the transaction that decides it; one that finished before begins again. */
export async function requestSaga(tx: Transaction, orderId: string, kind: SagaKind): Promise<SagaRun> {
  const { rows } = await tx.query<{ generation: number }>(
    `insert into sagas (order_id, kind, generation, step) values ($1, $2, ${nextGeneration}, 'requested')
     on conflict (order_id, kind) do update set generation = ${nextGeneration}, step = 'requested',
       started_at = clock_timestamp(), since = clock_timestamp(), finished_at = null
     returning generation`,
    [orderId, kind],
  );
  return { orderId, kind, generation: rows[0]?.generation ?? 1 };
}

/** Starts the workflow of a run that was written down; a run that is already there is left alone. */
export async function startSaga(
  { database, schedule }: { database: Database; schedule: WorkflowHost["schedule"] },
  run: SagaRun,
): Promise<void> {
  const traceparent = currentContext()?.traceparent;
  const input: SagaRun = { ...run, ...(traceparent && { traceparent }) };
  await schedule(workflowNames[run.kind], instanceId(run), input);
  await database.query(
    `update sagas set step = 'started', since = clock_timestamp()
     where order_id = $1 and kind = $2 and generation = $3 and step = 'requested'`,
    [run.orderId, run.kind, run.generation],
  );
}

/** A sign of life before a step; undefined when the run was superseded or has nothing left to do. */
export async function touchSaga(
  tx: Transaction,
  run: SagaRun,
  step: string,
): Promise<{ ageSeconds: number } | undefined> {
  const { rows } = await tx.query<{ ageSeconds: number }>(
    `update sagas set step = $4, since = clock_timestamp()
     where order_id = $1 and kind = $2 and generation = $3 and finished_at is null
     returning extract(epoch from clock_timestamp() - started_at)::float8 as "ageSeconds"`,
    [run.orderId, run.kind, run.generation, step],
  );
  return rows[0];
}

/** Ends the work of an order: all of it, or one kind. */
export async function finishSagas(tx: Transaction, orderId: string, kind?: SagaKind): Promise<void> {
  await tx.query(
    `update sagas set finished_at = clock_timestamp()
     where order_id = $1 and kind = coalesce($2, kind) and finished_at is null`,
    [orderId, kind ?? null],
  );
}

export type Silence = {
  /** How long a running saga may say nothing. */
  silenceSeconds: number;
  /** How long one may wait whose workflow was not started. */
  unstartedSeconds: number;
};

const isSilent = `finished_at is null and since < clock_timestamp()
  - make_interval(secs => case step when 'requested' then $1::float8 else $2::float8 end)`;

/** Sagas that gave no sign of life for too long, the longest silent first. */
export async function silentSagas(
  db: Queryable,
  { silenceSeconds, unstartedSeconds }: Silence,
  limit: number,
): Promise<{ orderId: string; kind: SagaKind }[]> {
  const { rows } = await db.query<{ orderId: string; kind: SagaKind }>(
    `select order_id as "orderId", kind from sagas where ${isSilent} order by since limit $3`,
    [unstartedSeconds, silenceSeconds, limit],
  );
  return rows;
}

/**
 * Gives a silent saga its next run, under the order's lock; undefined when it spoke meanwhile or another holds the order.
 * One that never started keeps its generation: there is nobody to supersede.
 */
export async function takeOver(
  tx: Transaction,
  { orderId, kind }: { orderId: string; kind: SagaKind },
  { silenceSeconds, unstartedSeconds }: Silence,
): Promise<SagaRun | undefined> {
  const locked = await tx.query(
    "select 1 from streams where stream = 'order' and subject = $1 for update skip locked",
    [orderId],
  );
  if (!locked.rowCount) return undefined;
  const { rows } = await tx.query<{ generation: number }>(
    `update sagas set since = clock_timestamp(), step = 'requested', generation = case step
         when 'requested' then generation
         else (select max(generation) + 1 from sagas where order_id = $3::uuid) end
     where order_id = $3::uuid and kind = $4 and ${isSilent} returning generation`,
    [unstartedSeconds, silenceSeconds, orderId, kind],
  );
  return rows[0] && { orderId, kind, generation: rows[0].generation };
}

/** A run that could not be started is looked at again next time, after those that have waited longer. */
export async function dueAgain(db: Queryable, run: SagaRun, { unstartedSeconds }: Silence): Promise<void> {
  await db.query(
    `update sagas set since = clock_timestamp() - make_interval(secs => $4)
     where order_id = $1 and kind = $2 and generation = $3 and step = 'requested'`,
    [run.orderId, run.kind, run.generation, unstartedSeconds],
  );
}

/** Where one kind of an order's work stands. */
export type SagaRow = {
  kind: SagaKind;
  generation: number;
  step: string;
  startedAt: Date;
  since: Date;
  finishedAt: Date | null;
  isSilent: boolean;
};

/** The long work of an order, in the order in which it began. */
export async function sagasOf(db: Queryable, orderId: string, silenceSeconds: number): Promise<SagaRow[]> {
  const { rows } = await db.query<SagaRow>(
    `select kind, generation, step, started_at as "startedAt", since, finished_at as "finishedAt",
            finished_at is null and since < clock_timestamp() - make_interval(secs => $2::float8) as "isSilent"
     from sagas where order_id = $1 order by started_at`,
    [orderId, silenceSeconds],
  );
  return rows;
}
