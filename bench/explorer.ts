import { newPage, openBrowser } from "../tests/browser/browser.ts";
import { signInAdmin } from "../tests/shopper.ts";
import { admin, openShop } from "./bench-shop.ts";
import { median, quantile } from "./checkouts.ts";
import { exploreTo, type Reading } from "./explorer-drive.ts";
import { storeRecords } from "./log-load.ts";

const most = Number(process.env.EXPLORER_RECORDS ?? 100_000);
const marks = [1_000, most / 2, most];
const perSecond = 1_500;

/** Loads so many log records through the explorer in Chromium and compares how the page is with few and with many. */
export async function benchExplorer(): Promise<void> {
  const shop = await openShop({});
  try {
    // What the last readings load comes on top of the last mark.
    await storeRecords(shop, { perSecond, seconds: Math.ceil((most + 4_000) / perSecond) });
    const office = await signInAdmin(shop.urls.storefront, admin);
    const browser = await openBrowser();
    try {
      const url = shop.urls.storefront;
      const { page } = await newPage(browser, url);
      await page.context().addCookies([...office.cookies].map(([name, value]) => ({ name, value, url })));
      tell(await exploreTo(page, marks));
    } finally {
      await browser.close();
    }
  } finally {
    await shop.stop();
  }
}

function tell(readings: Reading[]): void {
  const [few] = readings;
  if (!few) return;
  for (const { loaded, nextPage, frames, nodes, heap } of readings) {
    const ratio = (what: "nextPage" | "frames", many: number[]) =>
      (median(many) / median(few[what])).toFixed(2);
    console.log(`\n${loaded} records loaded, against ${few.loaded}:`);
    console.log(
      `  the next page: ${ratio("nextPage", nextPage)} (median ${median(nextPage).toFixed(0)} ms); a frame while scrolling: ${ratio("frames", frames)} (median ${median(frames).toFixed(0)} ms, 95% within ${quantile(frames, 0.95).toFixed(0)} ms)`,
    );
    console.log(
      `  elements in the page: ${(nodes / few.nodes).toFixed(2)} (${nodes}); heap: ${(heap / few.heap).toFixed(2)} (${heap.toFixed(0)} MiB)`,
    );
  }
}
