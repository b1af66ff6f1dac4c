import { steadyCheckouts } from "./checkouts.ts";
import { storeRecords } from "./log-load.ts";
import { checkouts, compareSetting, loadNow, tellTimes, withShop } from "./turns.ts";

const records = {
  perSecond: Number(process.env.LOGS_PER_SECOND ?? 2_000),
  seconds: Number(process.env.LOGS_SECONDS ?? 60),
};

/**
 * Log records at a steady rate over the real path while checkouts go on at theirs; and checkouts alone, with log shipping
 * on, off, on, off.
 */
export async function benchLogs(): Promise<void> {
  let alone: Awaited<ReturnType<typeof steadyCheckouts>> | undefined;
  await withShop({ LOG_SHIPPING: "on" }, async (shop) => {
    alone = await steadyCheckouts(shop, checkouts);
    const [stored, beside] = await Promise.all([
      storeRecords(shop, records),
      steadyCheckouts(shop, { ...checkouts, seconds: records.seconds }),
    ]);
    tellStored(stored);
    tellTimes("beside these records / alone", [beside], [alone]);
  });
  await compareSetting("LOG_SHIPPING", ["on", "off"], alone);
}

function tellStored({ sent, took, stored, dropped, found }: Awaited<ReturnType<typeof storeRecords>>): void {
  console.log(
    `\n${sent} log records in ${took.toFixed(1)} s (${(sent / took).toFixed(0)} a second) while checkouts went on: ${stored} stored, ${sent - stored} lost (${dropped} of them dropped before the broker); the last was found ${found.toFixed(1)} s after it was logged. ${loadNow()}`,
  );
}
