import type { Chart } from "@sockshop/contracts/monitoring.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { killAndWait, pidOf } from "../shop-state.ts";
import {
  addProduct,
  buy,
  eventually,
  fillCart,
  newShopper,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  skuOf,
} from "../shopper.ts";
import { newPage, openBrowser, picture } from "./browser.ts";

const { url, admin: adminAccount } = inject("shop");
const promisedMs = 10_000;
let browser: Browser;
let admin: Shopper;
let page: Page;
let complaints: string[];
let stopped: number | undefined;
beforeAll(async () => {
  browser = await openBrowser();
  admin = await signInAdmin(url, adminAccount);
  ({ page, complaints } = await newPage(browser, url));
  await page.context().addCookies([...admin.cookies].map(([name, value]) => ({ name, value, url })));
  await page.goto("/admin");
  await page.getByText("Live", { exact: true }).waitFor();
  // What a reload would forget.
  await page.evaluate(() => Object.assign(window, { neverReloaded: true }));
}, 180_000);
afterAll(async () => {
  if (stopped) process.kill(stopped, "SIGCONT");
  await browser?.close();
});

const section = (name: string) =>
  page.getByRole("navigation", { name: "Admin sections" }).getByRole("link", { name }).click();
const partOfMap = (name: RegExp) =>
  page.getByRole("region", { name: "Map of the shop" }).getByRole("button", { name });
async function pointsOf(app: string) {
  const { series } = (await admin.get<Chart>("/api/monitoring/metrics/requests?minutes=60")).body;
  return series.filter(({ appId }) => appId === app).flatMap(({ points }) => points);
}
const wasReloaded = () => page.evaluate(() => !("neverReloaded" in window));

test("a service that stops is shown in the open console within ten seconds, with an alert that resolves itself", async () => {
  await section("Overview");
  await partOfMap(/^rating Up/).waitFor();
  stopped = pidOf("rating");
  process.kill(stopped, "SIGSTOP");
  await partOfMap(/^rating Down/).waitFor({ timeout: promisedMs });
  await page
    .getByRole("region", { name: "State of the shop" })
    .getByText("rating is down")
    .waitFor({ timeout: promisedMs });
  await picture(page, "operations-service-down");
  await section("Alerts");
  const open = page
    .getByRole("list", { name: "Open alerts" })
    .getByRole("listitem")
    .filter({ hasText: "rating is down" });
  await open.waitFor();
  await picture(page, "operations-alert");
  process.kill(stopped, "SIGCONT");
  stopped = undefined;
  await open.waitFor({ state: "detached", timeout: promisedMs });
  await page.getByRole("region", { name: "Resolved alerts" }).getByText("rating is down").first().waitFor();
  await section("Overview");
  await partOfMap(/^rating Up/).waitFor({ timeout: promisedMs });
  expect(await wasReloaded()).toBe(false);
});

test("a service that is killed and started again at once leaves an alert in the open console all the same", async () => {
  await section("Alerts");
  await killAndWait("rating");
  const told = page
    .getByRole("list", { name: "Open alerts" })
    .getByRole("listitem")
    .filter({ hasText: /rating (was started again|is down)/ });
  await told.first().waitFor({ timeout: promisedMs });
  expect(await wasReloaded()).toBe(false);
});

test("a burst of declined cards raises the decline alert in the open console, where it is acknowledged", async () => {
  await section("Alerts");
  const product = await addProduct(admin, { stock: 90 });
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const buyer = newShopper(url);
      const placed = await placeOrder(buyer, await fillCart(buyer, skuOf(product)), "tok_declined");
      expect((await settled(buyer, placed.body.id)).reason).toBe("payment-declined");
    }),
  );
  const alert = page
    .getByRole("list", { name: "Open alerts" })
    .getByRole("listitem")
    .filter({ hasText: "payments were declined" });
  await alert.waitFor({ timeout: promisedMs });
  await alert.getByText("Critical").waitFor();
  const acknowledge = alert.getByRole("button", { name: /^Acknowledge/ });
  // Another test's burst may have been taken care of already.
  if (await acknowledge.count()) await acknowledge.click();
  await alert.getByText("Somebody looks after it").waitFor();
  expect(await wasReloaded()).toBe(false);
});

test("the map shows what goes between the services, a chosen part tells of itself, and all of it by keyboard", async () => {
  await section("Overview");
  const product = await addProduct(admin, { stock: 9 });
  await buy(newShopper(url), skuOf(product));
  await page.getByText("The map as a table").click();
  const row = page.getByRole("row").filter({ hasText: /order\s*calls\s*payment/ });
  await expect.poll(() => row.textContent(), { timeout: 30_000 }).toMatch(/[\d.]+\/s/);
  // The first point of an hour's chart is as old as its step: a shop that was just opened has none.
  await eventually(
    "requests of order are in their chart",
    async () => (await pointsOf("order")).length > 0,
    90_000,
  );
  await partOfMap(/^order Up/).focus();
  await page.keyboard.press("Enter");
  const details = page.getByRole("region", { name: "Details of order" });
  await details.getByText("calls payment").waitFor();
  await details.getByText("workflow engine").or(details.getByText("database")).first().waitFor();
  await expect.poll(() => details.locator("canvas").count(), { timeout: 15_000 }).toBeGreaterThan(0);
  await picture(page, "operations-details");
  expect(await wasReloaded()).toBe(false);
}, 180_000);

test("every sidecar is read, and nothing secret is told of it", async () => {
  await section("Sidecars");
  for (const app of ["gateway", "catalog", "cart", "order", "payment", "rating", "logging", "monitoring"])
    await page
      .getByRole("article")
      .filter({ has: page.getByRole("heading", { name: app, exact: true }) })
      .getByText("Dapr 1.")
      .waitFor();
  const order = page
    .getByRole("article")
    .filter({ has: page.getByRole("heading", { name: "order", exact: true }) });
  await order.getByText("1 worker connected").waitFor();
  const told = JSON.stringify((await admin.get("/api/monitoring/sidecars")).body);
  expect(told).not.toMatch(/password|token|postgres:\/\/|secretKeyRef|appCommand/i);
  // What was stopped and killed above left requests without an answer.
  expect(complaints.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([]);
});
