import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { StoredLog } from "@sockshop/contracts/logging.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { shipLogs } from "@sockshop/platform/log-shipping.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import pg from "pg";
import type { Shop } from "../scripts/shop.ts";
import { eventually, signInAdmin } from "../tests/shopper.ts";
import { admin, openShop } from "./bench-shop.ts";
import { type CheckoutTimes, checkoutTimes, median } from "./checkouts.ts";

const perSecond = Number(process.env.LOGS_PER_SECOND ?? 2_000);
const seconds = Number(process.env.LOGS_SECONDS ?? 60);
const turns = Number(process.env.LOGS_TURNS ?? 3);
const load = { admin, count: Number(process.env.LOGS_CHECKOUTS ?? 60), width: 4 };
/** Through the sidecars of services that have little else to do here. */
const senders = ["rating", "payment", "monitoring", "catalog"];

/** A stream of log records over the real path while checkouts go on; then checkouts with and without shipping, in turns. */
export async function benchLogs(): Promise<void> {
  const shop = await openShop({});
  try {
    await checkoutTimes(shop, load);
    const alone = await checkoutTimes(shop, load);
    const busy = await streamRecords(shop);
    tellRatio(
      `with ${perSecond} records a second beside them / with their own log lines only`,
      [busy],
      [alone],
    );
  } finally {
    await shop.stop();
  }
  const times: Record<"on" | "off", CheckoutTimes[]> = { on: [], off: [] };
  for (let turn = 0; turn < turns * 2; turn++) {
    const shipping = turn % 2 === 0 ? "on" : "off";
    times[shipping].push(await checkoutsWith(shipping));
  }
  tellRatio("with log shipping on / off", times.on, times.off);
}

async function checkoutsWith(shipping: "on" | "off"): Promise<CheckoutTimes> {
  const shop = await openShop({ LOG_SHIPPING: shipping }, { fresh: false });
  try {
    // What is just-in-time compiled and connected by the first ones is not what is asked about.
    await checkoutTimes(shop, load);
    return await checkoutTimes(shop, load);
  } finally {
    await shop.stop();
  }
}

/** Logs through pino and its shipping at a steady rate, and counts in the store what arrived. */
export async function streamRecords(shop: Shop): Promise<CheckoutTimes> {
  const run = randomUUID();
  const streams = senders.map((app) => openStream(shop, app));
  const office = await signInAdmin(shop.urls.storefront, admin);
  let checkouts: Promise<CheckoutTimes> | undefined;
  const began = performance.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond));
    for (; sent < due; sent++)
      streams[sent % streams.length]?.log.info(
        { run, nr: sent, route: "/bench/:nr", ms: sent % 90 },
        "bench record",
      );
    checkouts ??= checkoutTimes(shop, load);
    await pause(20);
  }
  const took = (performance.now() - began) / 1000;
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
  await eventually("all are stored", async () => (await storedOf(shop, run)) === total, 60_000).catch(
    () => {},
  );
  const stored = await storedOf(shop, run);
  const dropped = await Promise.all(
    streams.map(async ({ metrics }) => (await metrics.logsDropped.get()).values[0]?.value ?? 0),
  );
  console.log(
    `\n${total} log records in ${took.toFixed(1)} s (${(total / took).toFixed(0)} a second) while checkouts went on: ${stored} stored, ${total - stored} lost (${dropped.reduce((sum, count) => sum + count, 0)} of them dropped before the broker); the last was found ${found.toFixed(1)} s after it was logged. ${loadNow()}`,
  );
  return checkouts ?? Promise.reject(new Error("no checkouts went on"));
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

function tellRatio(what: string, these: CheckoutTimes[], those: CheckoutTimes[]): void {
  const of = (times: CheckoutTimes[], which: "answers" | "ends") =>
    median(times.flatMap((turn) => turn[which]));
  const ratio = (which: "answers" | "ends") =>
    `${(of(these, which) / of(those, which)).toFixed(2)} (${of(these, which).toFixed(0)} / ${of(those, which).toFixed(0)} ms)`;
  console.log(
    `\nCheckouts ${what}: answered, median ${ratio("answers")}; confirmed, median ${ratio("ends")}. ${loadNow()}`,
  );
}

const loadNow = () => `Load average ${loadavg()[0]?.toFixed(1)}.`;
