import { setTimeout as pause } from "node:timers/promises";
import { atOnce } from "../tests/shopper.ts";
import { usageBelow } from "./at-rest.ts";
import { openShop } from "./bench-shop.ts";
import { checkoutTimes, median } from "./checkouts.ts";
import { benchExplorer } from "./explorer.ts";
import { benchLogs } from "./logs.ts";
import { compareSetting } from "./turns.ts";

/**
 * `npm run bench`: what a hop costs, how many checkouts go through, and what memory and processor it all takes at rest, in one run on one machine.
 * `npm run bench -- logs`: whether 2,000 log records a second are stored, and what shipping logs costs checkouts.
 * `npm run bench -- explorer`: whether the log explorer stays as quick with 100,000 records loaded as with a thousand.
 * `npm run bench -- setting DAPR_MTLS on off`: what a setting costs checkouts, under one value and the other in turns.
 * Compare the ratios; the absolute figures say more about the machine than about the shop.
 */
const concurrency = 16;
const [asked, ...words] = process.argv.slice(2);
const whole = { logs: benchLogs, explorer: benchExplorer }[asked ?? ""];
if (whole) {
  await whole();
  process.exit(0);
}
if (asked === "setting") {
  const [name, one, other] = words;
  if (!name || !one || !other || one === other) {
    console.error("Say which setting, and two values of it: npm run bench -- setting DAPR_MTLS on off");
    process.exit(2);
  }
  await compareSetting(name, [one, other]);
  process.exit(0);
}
const shop = await openShop({ LOG_LEVEL: "warn" });
try {
  await atRest();
  await compareHops();
  await checkouts(300);
} finally {
  await shop.stop();
}
process.exit(0);

/** What the shop takes while nobody shops, once its start is over. */
async function atRest(): Promise<void> {
  await pause(20_000);
  const seconds = 60;
  const programs = [...(await usageBelow(process.pid, seconds))].sort(
    (a, b) => b[1].processor - a[1].processor,
  );
  const all = programs.reduce(
    (sum, [, { mib, processor }]) => ({ mib: sum.mib + mib, processor: sum.processor + processor }),
    { mib: 0, processor: 0 },
  );
  console.log(`\nAt rest, over ${seconds} s (memory is the sum of PSS):`);
  for (const [name, { mib, processor }] of [["everything", all] as const, ...programs.slice(0, 14)])
    console.log(
      `  ${name.padEnd(12)} ${String(Math.round(mib)).padStart(5)} MiB  ${(processor * 100).toFixed(1).padStart(5)} % of a processor`,
    );
}

/** The product list, in turns: through one sidecar to the catalogue, and through the gateway and two. */
async function compareHops(): Promise<void> {
  const gateway = `${shop.urls.storefront}/api/catalog/products?pageSize=24`;
  const health = `${shop.urls.services.gateway}/healthz`;
  const samples = { healthz: [] as number[], list: [] as number[] };
  for (let round = 0; round < 5; round++) {
    samples.healthz.push(await requestsPerSecond(health, 1_000));
    samples.list.push(await requestsPerSecond(gateway, 1_000));
  }
  const [plain, list] = [median(samples.healthz), median(samples.list)];
  console.log(
    `\nOne Express answer without work: ${plain.toFixed(0)} a second; the product list through gateway, two sidecars and PostgreSQL: ${list.toFixed(0)} a second; ratio ${(plain / list).toFixed(1)}`,
  );
}

async function requestsPerSecond(url: string, count: number): Promise<number> {
  const began = performance.now();
  await atOnce(concurrency, count, async () => {
    const response = await fetch(url);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
  });
  return (count * 1000) / (performance.now() - began);
}

async function checkouts(count: number): Promise<void> {
  const { answers, ends, seconds } = await checkoutTimes(shop, { count, width: concurrency });
  console.log(
    `\n${count} checkouts, ${concurrency} shoppers at once: ${(count / seconds).toFixed(1)} a second`,
  );
  console.log(
    `  order answered: median ${median(answers).toFixed(0)} ms; confirmed: median ${median(ends).toFixed(0)} ms, slowest ${Math.max(...ends).toFixed(0)} ms (looked at every 100 ms)`,
  );
}
