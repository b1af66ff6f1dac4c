import { loadavg } from "node:os";
import type { Shop } from "../scripts/shop.ts";
import { openShop } from "./bench-shop.ts";
import { type CheckoutTimes, checkoutTimes, quantile, steadyCheckouts } from "./checkouts.ts";
import { storeRecords } from "./log-load.ts";

const records = {
  perSecond: Number(process.env.LOGS_PER_SECOND ?? 2_000),
  seconds: Number(process.env.LOGS_SECONDS ?? 60),
};
const checkouts = {
  perSecond: Number(process.env.LOGS_CHECKOUTS_PER_SECOND ?? 1),
  seconds: Number(process.env.LOGS_CHECKOUT_SECONDS ?? 30),
};
const warmUp = { count: 40, width: 4 };

/**
 * Log records at a steady rate over the real path while checkouts go on at theirs; and checkouts alone, with log shipping
 * on, off, on, off.
 */
export async function benchLogs(): Promise<void> {
  const times: Record<"on" | "off", CheckoutTimes[]> = { on: [], off: [] };
  await withShop("on", async (shop) => {
    const alone = await steadyCheckouts(shop, checkouts);
    const [stored, beside] = await Promise.all([
      storeRecords(shop, records),
      steadyCheckouts(shop, { ...checkouts, seconds: records.seconds }),
    ]);
    tellStored(stored);
    tellTimes("beside these records / alone", [beside], [alone]);
    times.on.push(alone);
  });
  for (const shipping of ["off", "on", "off"] as const)
    await withShop(shipping, async (shop) => {
      times[shipping].push(await steadyCheckouts(shop, checkouts));
    });
  tellTimes("with log shipping on / off", times.on, times.off);
}

let fresh = true;
async function withShop(shipping: "on" | "off", work: (shop: Shop) => Promise<void>): Promise<void> {
  const shop = await openShop({ LOG_SHIPPING: shipping }, { fresh });
  fresh = false;
  try {
    // What is just-in-time compiled and connected by the first ones is not what is asked about.
    await checkoutTimes(shop, warmUp);
    await work(shop);
  } finally {
    await shop.stop();
  }
}

function tellStored({ sent, took, stored, dropped, found }: Awaited<ReturnType<typeof storeRecords>>): void {
  console.log(
    `\n${sent} log records in ${took.toFixed(1)} s (${(sent / took).toFixed(0)} a second) while checkouts went on: ${stored} stored, ${sent - stored} lost (${dropped} of them dropped before the broker); the last was found ${found.toFixed(1)} s after it was logged. ${loadNow()}`,
  );
}

function tellTimes(what: string, these: CheckoutTimes[], those: CheckoutTimes[]): void {
  const ratio = (which: "answers" | "ends", share: number) => {
    const [a, b] = [these, those].map((times) =>
      quantile(
        times.flatMap((turn) => turn[which]),
        share,
      ),
    );
    return a && b ? `${(a / b).toFixed(2)} (${a.toFixed(0)} / ${b.toFixed(0)} ms)` : "unknown";
  };
  console.log(`\n${checkouts.perSecond} checkouts a second, ${what}. ${loadNow()}`);
  for (const [which, name] of [
    ["answers", "answered"],
    ["ends", "confirmed"],
  ] as const)
    console.log(`  ${name}: median ${ratio(which, 0.5)}, 95% within ${ratio(which, 0.95)}`);
}

const loadNow = () => `Load average ${loadavg()[0]?.toFixed(1)}.`;
