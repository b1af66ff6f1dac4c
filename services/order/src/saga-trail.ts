import type { Database, Queryable } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { redactLine } from "@sockshop/platform/redaction.ts";
import type { StepOutcome } from "./saga-steps.ts";
import type { SagaKind, SagaRun } from "./sagas.ts";

type Activity = (run: SagaRun) => Promise<StepOutcome>;

const longestFault = 300;

/** The same activities, which also write down how each attempt ended; that this fails fails no step. */
export function recorded<Name extends string>(
  { database, log }: { database: Database; log: Log },
  activities: Record<Name, Activity>,
): Record<Name, Activity> {
  const noting = (step: string, activity: Activity): Activity => {
    const note = (run: SagaRun, outcome: StepOutcome | "fault", fault?: string) =>
      noteAttempt(database, run, { step, outcome, fault }).catch((error: unknown) =>
        log.warn({ err: error, step }, "how a step ended could not be written down"),
      );
    return async (run) => {
      try {
        const outcome = await activity(run);
        await note(run, outcome);
        return outcome;
      } catch (error) {
        await note(run, "fault", error instanceof Error ? error.message : String(error));
        throw error;
      }
    };
  };
  const entries = Object.entries<Activity>(activities).map(([name, activity]) => [
    name,
    noting(stepName(name), activity),
  ]);
  return Object.fromEntries(entries) as Record<Name, Activity>;
}

/** `reserveStock` is the step `reserve-stock`. */
const stepName = (activity: string) => activity.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

async function noteAttempt(
  db: Queryable,
  { orderId, kind, generation }: SagaRun,
  { step, outcome, fault }: { step: string; outcome: string; fault: string | undefined },
): Promise<void> {
  await db.query(
    `insert into saga_steps as known (order_id, kind, generation, step, outcome, fault, faults)
     values ($1, $2, $3, $4, $5, $6::text, case when $6::text is null then 0 else 1 end)
     on conflict (order_id, kind, generation, step) do update
     set attempts = known.attempts + 1, last_at = clock_timestamp(), outcome = excluded.outcome,
         faults = known.faults + excluded.faults, fault = coalesce(excluded.fault, known.fault)`,
    [orderId, kind, generation, step, outcome, fault === undefined ? null : inShort(fault)],
  );
}

const inShort = (fault: string) =>
  redactLine(fault).replaceAll("\0", "").toWellFormed().slice(0, longestFault);

/** One step of one run. */
export type StepRow = {
  kind: SagaKind;
  generation: number;
  step: string;
  attempts: number;
  faults: number;
  firstAt: Date;
  lastAt: Date;
  outcome: StepOutcome | "fault";
  fault: string | null;
};

/** The steps of all runs of an order, in the order in which they first ended. */
export async function trailOf(db: Queryable, orderId: string): Promise<StepRow[]> {
  const { rows } = await db.query<StepRow>(
    `select kind, generation, step, attempts, faults, first_at as "firstAt", last_at as "lastAt", outcome, fault
     from saga_steps where order_id = $1 order by first_at`,
    [orderId],
  );
  return rows;
}
