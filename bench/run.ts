import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { startShop } from "../scripts/shop.ts";
import { repository } from "../scripts/state-folder.ts";
import {
  addProduct,
  fillCart,
  newShopper,
  placeOrder,
  settled,
  signInAdmin,
  skuOf,
} from "../tests/shopper.ts";
import { memoryOf } from "./memory.ts";

/**
 * `npm run bench`: what a hop costs, how many checkouts go through, and what memory it all takes, in one run on one machine.
 * Compare the ratios; the absolute figures say more about the machine than about the shop.
 */
const concurrency = 16;
const admin = { email: "admin@sockshop.example", password: "administrator of the bench" };
const shop = await startShop({
  stateDir: join(repository, ".sockshop", "bench"),
  portOffset: Number(process.env.SOCKSHOP_BENCH_PORT_OFFSET ?? 12_000),
  fresh: true,
  env: {
    RATE_LIMIT_PER_MINUTE: "100000000",
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    LOG_LEVEL: "warn",
  },
});
try {
  const { total, byCommand } = memoryOf(process.pid);
  const rest = total - pssOfOurselves(byCommand);
  console.log(`\nMemory at rest: ${Math.round(rest)} MiB (sum of PSS, without this program)`);
  for (const [name, mib] of [...byCommand].sort((a, b) => b[1] - a[1]).slice(0, 12))
    console.log(`  ${name.padEnd(12)} ${Math.round(mib)} MiB`);
  await compareHops();
  await checkouts(300);
} finally {
  await shop.stop();
}
process.exit(0);

function pssOfOurselves(byCommand: Map<string, number>): number {
  return byCommand.get("node") ?? 0;
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
  await atOnce(count, async () => {
    const response = await fetch(url);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
  });
  return (count * 1000) / (performance.now() - began);
}

async function checkouts(count: number): Promise<void> {
  const office = await signInAdmin(shop.urls.storefront, admin);
  const products = await Promise.all(Array.from({ length: 20 }, () => addProduct(office, { stock: count })));
  const durations: number[] = [];
  const answers: number[] = [];
  const began = performance.now();
  await atOnce(count, async (index) => {
    const shopper = newShopper(shop.urls.storefront);
    const cart = await fillCart(
      shopper,
      skuOf(products[index % products.length] as (typeof products)[number]),
    );
    const start = performance.now();
    const placed = await placeOrder(shopper, cart, "tok_visa", randomUUID());
    answers.push(performance.now() - start);
    const order = await settled(shopper, placed.body.id, 120_000);
    if (order.status !== "confirmed") throw new Error(`order ${order.id} is ${order.status}`);
    durations.push(performance.now() - start);
  });
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `\n${count} checkouts, ${concurrency} shoppers at once: ${(count / seconds).toFixed(1)} a second`,
  );
  console.log(
    `  order answered: median ${median(answers).toFixed(0)} ms; confirmed: median ${median(durations).toFixed(0)} ms, slowest ${Math.max(...durations).toFixed(0)} ms (looked at every 100 ms)`,
  );
}

async function atOnce(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
