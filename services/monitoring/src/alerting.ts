import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { type AlertCommand, alertSubject } from "./alert.ts";
import { alerts, openAlerts } from "./alerts.ts";
import { infrastructureId } from "./infrastructure.ts";
import { listLowStock } from "./low-stock.ts";
import { listStuck } from "./open-orders.ts";
import { countPayments } from "./recent-payments.ts";
import { type Facts, rules } from "./rules.ts";
import { samplesOfLast } from "./samples.ts";
import { listStates } from "./service-states.ts";
import type { Watch } from "./watching.ts";

export type AlertSettings = { declineShare: number; declineWindow: number; orderStuckSeconds: number };
type Parts = { database: Database; watchedApps: readonly string[]; settings: AlertSettings };

/** Two scrapes may be lost before a service's last sample is too old to tell anything. */
const lookBackSeconds = 90;

/** What the rules judge by, as it stands now. */
export async function gatherFacts(
  { database, watchedApps, settings }: Parts,
  { since, seenUp }: Pick<Watch, "since" | "seenUp">,
): Promise<Facts> {
  const [states, payments, lowStock, stuckOrders, samples] = await Promise.all([
    listStates(database, [...watchedApps, infrastructureId]),
    countPayments(database, settings.declineWindow),
    listLowStock(database),
    listStuck(database, settings.orderStuckSeconds),
    samplesOfLast(database, lookBackSeconds),
  ]);
  return {
    now: new Date(),
    watchingSince: since,
    seenUp,
    states,
    payments,
    lowStock,
    stuckOrders,
    samples,
    settings,
  };
}

/** Raises what a rule now finds wrong and resolves what it no longer does; repeated, it changes nothing. */
export async function judge(database: Database, facts: Facts): Promise<void> {
  const open = new Set(
    (await openAlerts(database, "monitoring")).map(({ rule, subject }) => alertSubject(rule, subject)),
  );
  const at = facts.now.toISOString();
  for (const [rule, { severity, whatToDo, judge: verdicts }] of Object.entries(rules)) {
    const unresolved = new Set([...open].filter((key) => key.startsWith(`${rule}/`)));
    for (const { subject, holds, summary, severity: own } of verdicts(facts)) {
      const key = alertSubject(rule, subject);
      if (holds) unresolved.delete(key);
      if (holds !== true || open.has(key)) continue;
      const about = { alertId: newId(), rule, source: "monitoring" as const, subject };
      await tell(database, key, {
        type: "Raise",
        alert: { ...about, severity: own ?? severity, summary, whatToDo, raisedAt: at },
      });
    }
    for (const key of unresolved) await tell(database, key, { type: "Resolve", at });
  }
}

/** One command to one rule's alerts about one subject. */
export const tell = (database: Database, key: string, command: AlertCommand) =>
  withTransaction(database, (tx) => alerts.execute(tx, key, command));
