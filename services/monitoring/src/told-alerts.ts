import {
  type AlertSeverity,
  alertRule,
  alertSeverity,
  ownAlertRule,
} from "@sockshop/contracts/monitoring.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { z } from "zod";
import { alertSubject } from "./alert.ts";
import { tell } from "./alerting.ts";
import { openAlerts } from "./alerts.ts";

const toldAlert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()).default({}),
});
type ToldAlert = z.infer<typeof toldAlert>;
/** What Alertmanager delivers (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export const webhook = z.object({ alerts: z.array(toldAlert) });

type Read = { rule: string; subject: string; severity: AlertSeverity; summary: string; whatToDo: string };
type Parts = { database: Database; log: Log };

/** Raises what Prometheus found and resolves what it no longer finds; the same again changes nothing. */
export async function takeTold({ database, log }: Parts, told: ToldAlert[]): Promise<void> {
  const open = await openKeys(database);
  const firing = new Map<string, Read>();
  const ended = new Set<string>();
  for (const alert of told) {
    const read = readTold(alert);
    if (!read) {
      log.warn(
        { labels: alert.labels },
        "an alert of Prometheus' has a name that is none, or one of our own rules'",
      );
      continue;
    }
    const key = alertSubject(read.rule, read.subject);
    if (alert.status === "firing") firing.set(key, read);
    else ended.add(key);
  }
  const at = new Date().toISOString();
  for (const [key, read] of firing) if (!open.has(key)) await raise(database, key, read, at);
  for (const key of ended)
    if (open.has(key) && !firing.has(key)) await tell(database, key, { type: "Resolve", at });
}

const openKeys = async (database: Database) =>
  new Set((await openAlerts(database, "prometheus")).map(({ rule, subject }) => alertSubject(rule, subject)));

const raise = (database: Database, key: string, read: Read, at: string) =>
  tell(database, key, {
    type: "Raise",
    alert: { alertId: newId(), source: "prometheus", ...read, raisedAt: at },
  });

/** Undefined where its name is none, or would be taken for one of Monitoring's own rules. */
function readTold({ labels, annotations }: ToldAlert): Read | undefined {
  const rule = alertRule.safeParse(labels.alertname);
  if (!rule.success || ownAlertRule.safeParse(rule.data).success) return undefined;
  const severity = alertSeverity.safeParse(labels.severity);
  return {
    rule: rule.data,
    // What a rule is about, as exactly as it says it.
    subject: labels.subject ?? labels.service ?? labels.instance ?? "shop",
    severity: severity.success ? severity.data : "warning",
    summary: annotations.summary ?? rule.data,
    whatToDo: annotations.what_to_do ?? annotations.description ?? "See the rule in Prometheus.",
  };
}

const active = z.array(toldAlert.omit({ status: true }));
const status = z.object({ uptime: z.iso.datetime({ offset: true }) });
/** A new Alertmanager has not been told everything yet; Prometheus tells again within a minute. */
const settledSeconds = 180;
const patienceMs = 5_000;

/**
 * Compares with what Alertmanager holds, for a delivery that never came: raises what is missing here and resolves what it
 * does not know. Without an Alertmanager nobody would ever resolve, so all is resolved. Silence changes nothing.
 */
export async function reconcileTold({ database, log }: Parts, url: string | undefined): Promise<void> {
  if (!url && (await openKeys(database)).size === 0) return;
  const held = url ? await heldBy(url) : { alerts: [], settled: true };
  const firing = held.alerts.map((alert) => ({ ...alert, status: "firing" as const }));
  await takeTold({ database, log }, firing);
  if (!held.settled) return;
  const known = new Set(
    firing.flatMap((alert) => {
      const read = readTold(alert);
      return read ? [alertSubject(read.rule, read.subject)] : [];
    }),
  );
  const at = new Date().toISOString();
  for (const key of await openKeys(database))
    if (!known.has(key)) await tell(database, key, { type: "Resolve", at });
}

async function heldBy(url: string) {
  const ask = async (path: string) => {
    const response = await fetch(`${url.replace(/\/$/, "")}/api/v2${path}`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    return response.json();
  };
  const query = "?active=true&silenced=false&inhibited=false&receiver=monitoring";
  const { uptime } = status.parse(await ask("/status"));
  const settled = Date.now() - new Date(uptime).getTime() > settledSeconds * 1000;
  return { alerts: active.parse(await ask(`/alerts${query}`)), settled };
}
