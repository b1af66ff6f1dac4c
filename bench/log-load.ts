import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { StoredLog } from "@sockshop/contracts/logging.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { shipLogs } from "@sockshop/platform/log-shipping.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import pg from "pg";
import type { Shop } from "../scripts/shop.ts";
import { eventually, signInAdmin } from "../tests/shopper.ts";
import { admin } from "./bench-shop.ts";

/** Through the sidecars of services that have little else to do here. */
const senders = ["rating", "payment", "monitoring", "catalog"];

export type LogLoad = { perSecond: number; seconds: number };
/** How many were sent in how many seconds, how many of them were stored and dropped before the broker, and after how many seconds the last was found. */
export type Stored = { sent: number; took: number; stored: number; dropped: number; found: number };

/** Logs through pino and its shipping at a steady rate, and looks in the store for what arrived. */
export async function storeRecords(shop: Shop, load: LogLoad): Promise<Stored> {
  const run = randomUUID();
  const streams = senders.map((app) => openStream(shop, app));
  const office = await signInAdmin(shop.urls.storefront, admin);
  const took = await logSteadily(load, (nr) =>
    streams[nr % streams.length]?.log.info({ run, nr, route: "/bench/:nr", ms: nr % 90 }, "bench record"),
  );
  const last = randomUUID();
  const lastAt = performance.now();
  streams[0]?.log.info({ run }, `bench last ${last}`);
  await eventually(
    "the last record is found",
    async () => (await office.get<{ items: StoredLog[] }>(`/api/logs?search=${last}`)).body.items.length > 0,
    120_000,
  );
  const found = (performance.now() - lastAt) / 1000;
  for (const { shipping } of streams) await shipping.stop();
  const sent = load.perSecond * load.seconds;
  const all = async () => (await storedOf(shop, run)) === sent;
  await eventually("all are stored", all, 30_000).catch(() => {});
  const dropped = await Promise.all(
    streams.map(async ({ metrics }) => (await metrics.logsDropped.get()).values[0]?.value ?? 0),
  );
  return {
    sent,
    took,
    stored: await storedOf(shop, run),
    dropped: dropped.reduce((sum, count) => sum + count, 0),
    found,
  };
}

/** Resolves with how many seconds it took. */
async function logSteadily({ perSecond, seconds }: LogLoad, log: (nr: number) => void): Promise<number> {
  const total = perSecond * seconds;
  const began = performance.now();
  for (let sent = 0; sent < total; await pause(20)) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond));
    for (; sent < due; sent++) log(sent);
  }
  return (performance.now() - began) / 1000;
}

function openStream(shop: Shop, app: string) {
  const settings = readFileSync(join(shop.state.env, `${app}.env`), "utf8");
  const token = /^DAPR_API_TOKEN='(.*)'$/m.exec(settings)?.[1] ?? "";
  const metrics = createMetrics(app);
  const shipping = shipLogs({
    appId: app,
    sidecar: { url: shop.urls.sidecars[app] ?? "", headers: { "dapr-api-token": token } },
    metrics,
    output: { write: () => {} },
  });
  return { log: createLog({ appId: app, logLevel: "info" }, shipping.destination), shipping, metrics };
}

async function storedOf(shop: Shop, run: string): Promise<number> {
  const client = new pg.Client({ connectionString: shop.databases.logging });
  await client.connect();
  try {
    const { rows } = await client.query<{ stored: string }>(
      "select count(distinct data->>'nr') as stored from records where message = 'bench record' and data->>'run' = $1",
      [run],
    );
    return Number(rows[0]?.stored);
  } finally {
    await client.end();
  }
}
