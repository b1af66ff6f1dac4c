import type { Database, Queryable } from "@sockshop/platform/database.ts";
import { isFromSidecar, type Sidecar } from "@sockshop/platform/sidecar.ts";
import { type Measured, readMetrics } from "./metrics-text.ts";
import { readTraffic, storeTraffic } from "./traffic.ts";

type Parts = { database: Database; sidecar: Sidecar; watchedApps: readonly string[]; retentionHours: number };

/** Told whenever all services were asked. */
export const samplesChannel = "samples";

/** Asks every service what it measures, keeps it, and drops what is older than it is to be kept. */
export async function takeSamples({ database, sidecar, watchedApps, retentionHours }: Parts): Promise<void> {
  await Promise.all(
    watchedApps.map(async (appId) => {
      const text = await scrape(sidecar, appId).catch(() => undefined);
      // A service that is away has no sample: the gap is what a chart should show.
      if (text === undefined) return;
      await storeSample(database, appId, readMetrics(text));
      await storeTraffic(database, appId, readTraffic(text));
    }),
  );
  await database.query("select pg_notify($1, '')", [samplesChannel]);
  await database.query("delete from samples where at < now() - make_interval(hours => $1)", [retentionHours]);
}

/** A service's `/metrics`, through both sidecars; undefined when it answers otherwise. */
export async function scrape(sidecar: Sidecar, appId: string): Promise<string | undefined> {
  const response = await sidecar.invoke(appId, "GET", "/metrics", { timeoutMs: 5_000 });
  if (response.ok && !(await isFromSidecar(response))) return response.text();
  await response.body?.cancel();
  return undefined;
}

export async function storeSample(
  db: Queryable,
  appId: string,
  measured: Measured,
  at = new Date(),
): Promise<void> {
  const { requests, errors, durations, outboxLag, inboxLag, parked, chainIntact } = measured;
  await db.query(
    `insert into samples (app_id, at, requests, errors, durations, outbox_lag, inbox_lag, parked, chain_intact)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [appId, at, requests, errors, JSON.stringify(durations), outboxLag, inboxLag, parked, chainIntact],
  );
}

export type Sample = Measured & { appId: string; at: Date };

const columns = `app_id as "appId", at, requests, errors, durations, outbox_lag as "outboxLag",
  inbox_lag as "inboxLag", parked, chain_intact as "chainIntact"`;

/** Everything that was measured in the last seconds, oldest first. */
export async function samplesOfLast(db: Queryable, seconds: number): Promise<Sample[]> {
  const { rows } = await db.query<Sample>(
    `select ${columns} from samples where at > now() - make_interval(secs => $1) order by app_id, at`,
    [seconds],
  );
  return rows;
}

/** The last sample of each step over the last minutes, oldest first. */
export async function samplesByStep(
  db: Queryable,
  { minutes, stepSeconds }: { minutes: number; stepSeconds: number },
): Promise<Sample[]> {
  const { rows } = await db.query<Sample>(
    `select distinct on (app_id, date_bin(make_interval(secs => $2), at, timestamptz 'epoch')) ${columns}
     from samples where at > now() - make_interval(mins => $1)
     order by app_id, date_bin(make_interval(secs => $2), at, timestamptz 'epoch'), at desc`,
    [minutes, stepSeconds],
  );
  return rows;
}
