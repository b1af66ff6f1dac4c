import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  addProduct,
  buy,
  fillCart,
  newShopper,
  type Shopper,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";
import { accessibilityFaults } from "./accessibility.ts";
import { newPage, openBrowser, picture } from "./browser.ts";

const { url, admin: adminAccount } = inject("shop");
let browser: Browser;
let admin: Shopper;
let customer: Shopper;
let orderId: string;
let slug: string;
beforeAll(async () => {
  browser = await openBrowser();
  admin = await signInAdmin(url, adminAccount);
  customer = newShopper(url);
  await signUp(customer);
  orderId = (await buy(customer, skuOf(await addProduct(admin, { stock: 5 })))).id;
  await fillCart(customer, skuOf(await addProduct(admin, { stock: 5 })), 2);
  slug =
    (await customer.get<{ items: Product[] }>("/api/catalog/products?pageSize=1&sort=name")).body.items[0]
      ?.slug ?? "";
}, 180_000);
afterAll(() => browser?.close());

/** A page of the console never falls silent: Monitoring's stream stays open. */
async function settledPage(page: Page, name: string): Promise<void> {
  if (!name.startsWith("admin"))
    return page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {});
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
}

type Window = Awaited<ReturnType<typeof newPage>>;

/** One for each person, so that scripts and styles are fetched once. */
async function openWindow(who: Shopper, viewport: { width: number; height: number }): Promise<Window> {
  const opened = await newPage(browser, url, viewport);
  const cookies = [...who.cookies].map(([name, value]) => ({ name, value, url }));
  await opened.page.context().addCookies(cookies);
  return opened;
}

const looks = [
  { device: "desktop", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { device: "phone", colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const;

test.each(looks)(
  "every page shows itself on a $device in $colorScheme without errors and without scrolling sideways, those of operators with nothing for axe to blame",
  async ({ device, colorScheme, viewport }) => {
    const guest = newShopper(url);
    const windows = new Map<Shopper, Window>();
    const pages: [string, string, Shopper][] = [
      ["list", "/", customer],
      ["search", "/?search=wool&inStock=true", customer],
      ["product", `/products/${slug}`, customer],
      ["cart", "/cart", customer],
      ["checkout", "/checkout", customer],
      ["order", `/orders/${orderId}`, customer],
      ["orders", "/orders", customer],
      ["ratings", "/ratings", customer],
      ["sign-in", "/sign-in", guest],
      ["sign-up", "/sign-up", guest],
      ["admin-orders", "/admin/orders", admin],
      ["admin-products", "/admin/products", admin],
      ["admin-overview", "/admin/overview", admin],
      ["admin-overview-part", "/admin/overview?part=order", admin],
      ["admin-alerts", "/admin/alerts", admin],
      ["admin-charts", "/admin/charts", admin],
      ["admin-sidecars", "/admin/sidecars", admin],
      ["admin-ratings", "/admin/ratings", admin],
      ["not-found", "/nowhere", guest],
      ["api-docs", "/api/docs", guest],
    ];
    for (const [name, path, who] of pages) {
      const opened = windows.get(who) ?? (await openWindow(who, viewport));
      windows.set(who, opened);
      const { page, complaints } = opened;
      complaints.length = 0;
      await page.emulateMedia({ colorScheme });
      await page.goto(path);
      await settledPage(page, name);
      const headings = page.locator("h1, h2");
      await headings
        .first()
        .waitFor()
        .catch(() => {});
      expect([name, await headings.count()]).not.toEqual([name, 0]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (name !== "api-docs") expect([name, overflow <= 1]).toEqual([name, true]);
      await picture(page, `${name}-${device}`);
      if (name.startsWith("admin")) expect([name, await accessibilityFaults(page)]).toEqual([name, []]);
      expect([name, complaints.filter((text) => !text.includes("404"))]).toEqual([name, []]);
    }
    for (const { page } of windows.values()) await page.context().close();
  },
  120_000,
);
