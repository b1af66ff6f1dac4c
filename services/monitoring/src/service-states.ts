import type { PartStatus, StateChange, WatchedService } from "@sockshop/contracts/monitoring.ts";
import { type Database, type Queryable, withTransaction } from "@sockshop/platform/database.ts";
import type { Finding } from "./probe.ts";

/** After a longer pause (the shop was stopped) other processes are no news. */
const pause = "interval '15 seconds'";

/** Told at every change that somebody who looks on should see. */
export const monitoringChannel = "monitoring";

/**
 * Stores what was found, with a line of history for each change; resolves with whether anything changed. Of a service's
 * instances now one and now another answers: only one that is younger than all seen before was started anew.
 */
export function recordFindings(database: Database, findings: Finding[]): Promise<boolean> {
  return withTransaction(database, async (tx) => {
    // Two instances that look at the same moment must not both tell of one change.
    await tx.query("select pg_advisory_xact_lock(hashtext('service_states'))");
    const { rowCount } = await tx.query(
      `with seen as (
         select * from jsonb_to_recordset($1::jsonb)
           as s(app_id text, part text, status text, detail text, started_at timestamptz)
       ), before as (
         select *, case when checked_at > now() - ${pause} then started_at end as known_start from service_states
       ), changed as (
         insert into state_changes (app_id, part, was, status, restarted, detail, at)
         select s.app_id, s.part, b.status, s.status, coalesce(s.started_at > b.known_start, false), s.detail, now()
         from seen s left join before b using (app_id, part)
         where b.status is distinct from s.status or s.started_at > b.known_start
         returning app_id
       ), stored as (
         insert into service_states as b (app_id, part, status, detail, since, checked_at, started_at)
         select app_id, part, status, detail, now(), now(), started_at from seen
         on conflict (app_id, part) do update set
           status = excluded.status, detail = excluded.detail, checked_at = excluded.checked_at,
           since = case when b.status = excluded.status then b.since else excluded.since end,
           started_at = greatest(excluded.started_at, case when b.checked_at > now() - ${pause} then b.started_at end),
           restarted_at = case
             when excluded.started_at > b.started_at and b.checked_at > now() - ${pause} then now()
             else b.restarted_at end
       )
       select 1 from changed`,
      [
        JSON.stringify(
          findings.map(({ appId, startedAt, ...rest }) => ({
            app_id: appId,
            started_at: startedAt,
            ...rest,
          })),
        ),
      ],
    );
    const changed = Boolean(rowCount);
    if (changed) await tx.query("select pg_notify($1, '')", [monitoringChannel]);
    return changed;
  });
}

/** Our database could not tell of its own outage; `since` is when it began. Of two instances that noticed, one tells. */
export async function recordOutage(db: Queryable, outage: Finding, since: Date): Promise<void> {
  await db.query(
    `with outage as (
       update service_states set status = $3, detail = $4, since = $5, checked_at = now()
       where app_id = $1 and part = $2 and status <> $3 and checked_at <= $5
       returning app_id, part, status, detail, since
     )
     insert into state_changes (app_id, part, was, status, restarted, detail, at)
     select app_id, part, 'up', status, false, detail, since from outage`,
    [outage.appId, outage.part, outage.status, outage.detail, since],
  );
}

/** What was needed by a service that is well again: parts that it once lacked are named in no good answer. */
export async function recoveredParts(db: Queryable, appIds: readonly string[]): Promise<Finding[]> {
  const { rows } = await db.query<{ appId: string; part: string }>(
    `select app_id as "appId", part from service_states
     where app_id = any($1::text[]) and part not in ('service', 'sidecar', 'database')`,
    [appIds],
  );
  return rows.map((row) => ({ ...row, status: "up" as const }));
}

export type PartState = {
  appId: string;
  part: string;
  status: PartStatus;
  detail: string | null;
  since: Date;
  checkedAt: Date;
  restartedAt: Date | null;
};

export async function listStates(db: Queryable, appIds: readonly string[]): Promise<PartState[]> {
  const { rows } = await db.query<PartState>(
    `select app_id as "appId", part, status, detail, since, checked_at as "checkedAt", restarted_at as "restartedAt"
     from service_states where app_id = any($1::text[])
     order by array_position($1::text[], app_id), part <> 'service', part <> 'sidecar', part`,
    [appIds],
  );
  return rows;
}

/** The services as everybody sees them, in the order of the setting. */
export function asServices(states: PartState[]): WatchedService[] {
  return states.flatMap((service) => {
    if (service.part !== "service") return [];
    const parts = states.filter(({ appId, part }) => appId === service.appId && part !== "service");
    return [
      {
        appId: service.appId,
        ...stateOf(service),
        ...(service.restartedAt && { restartedAt: service.restartedAt.toISOString() }),
        checkedAt: service.checkedAt.toISOString(),
        parts: parts.map((part) => ({ part: part.part, ...stateOf(part) })),
      },
    ];
  });
}

export const stateOf = ({ status, since, detail }: PartState) => ({
  status,
  since: since.toISOString(),
  ...(detail !== null && { detail }),
});

type ChangeRow = {
  appId: string;
  part: string;
  was: PartStatus | null;
  status: PartStatus;
  restarted: boolean;
  detail: string | null;
  at: Date;
};

export async function listChanges(db: Queryable): Promise<StateChange[]> {
  const { rows } = await db.query<ChangeRow>(
    `select app_id as "appId", part, was, status, restarted, detail, at from state_changes order by seq desc limit 50`,
  );
  return rows.map(({ was, detail, at, ...row }) => ({
    ...row,
    ...(was && { was }),
    ...(detail !== null && { detail }),
    at: at.toISOString(),
  }));
}

export async function dropOldChanges(db: Queryable, days: number): Promise<void> {
  await db.query("delete from state_changes where at < now() - make_interval(days => $1)", [days]);
}
