import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { addProduct, newEmail, password, type Shopper, signInAdmin } from "../shopper.ts";
import { newPage, openBrowser, picture } from "./browser.ts";

const { url, admin: adminAccount } = inject("shop");
let browser: Browser;
let admin: Shopper;
beforeAll(async () => {
  browser = await openBrowser();
  admin = await signInAdmin(url, adminAccount);
}, 180_000);
afterAll(() => browser?.close());

async function fillAddress(page: Page): Promise<void> {
  await page.getByLabel("Full name").fill("Ada Byron");
  await page.getByLabel("Street and number").fill("12 St James's Square");
  await page.getByLabel("Postal code").fill("SW1Y 4JH");
  await page.getByLabel("City").fill("London");
  await page.getByLabel("Country").selectOption("GB");
}

async function orderOne(page: Page, slug: string, card: string): Promise<void> {
  await page.goto(`/products/${slug}`);
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page
    .getByRole("link", { name: /^Cart.*1/ })
    .first()
    .click();
  await page.getByRole("link", { name: "Checkout" }).click();
  await page.getByLabel("E-mail").fill("ada@example.org");
  await fillAddress(page);
  await page.getByRole("radio", { name: card }).check();
  await page.getByRole("button", { name: "Place order" }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
}

test("a guest finds socks, buys a pair, watches the checkout, signs up and finds the order; the admin ships it", async () => {
  const product = await addProduct(admin, { stock: 5, priceCents: 1800 });
  const { page, complaints } = await newPage(browser, url);
  await page.goto("/");
  await page.getByRole("searchbox").fill(product.name);
  await page.keyboard.press("Enter");
  await page.waitForURL(/search=/);
  await page
    .getByRole("link", { name: new RegExp(product.name) })
    .first()
    .click();
  await page.waitForURL(`**/products/${product.slug}`);
  await orderOne(page, product.slug, "Visa");
  await page.getByText("Payment captured").waitFor();
  await page
    .getByRole("list", { name: "Progress" })
    .getByText("Confirmed: done")
    .waitFor({ timeout: 30_000 })
    .catch(() => {});
  await expect
    .poll(() => page.getByRole("list", { name: "Progress" }).textContent(), { timeout: 30_000 })
    .toMatch(/Confirmed\s*:?\s*done/);
  const orderUrl = page.url();
  await picture(page, "journey-confirmed");
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill("Ada Byron");
  await page.getByLabel("E-mail").fill(newEmail());
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-up"));
  await page.goto("/orders");
  await page
    .getByRole("link", { name: new RegExp(orderUrl.slice(-12)) })
    .or(page.locator(`a[href$="${new URL(orderUrl).pathname}"]`))
    .first()
    .waitFor();
  expect(complaints).toEqual([]);

  const office = (await newPage(browser, url)).page;
  await office.goto("/sign-in");
  await office.getByLabel("E-mail").fill(adminAccount.email);
  await office.getByLabel("Password").fill(adminAccount.password);
  await office.getByRole("button", { name: "Sign in" }).click();
  await office.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
  await office.goto("/admin/orders?status=confirmed");
  const row = office.getByRole("row").filter({ hasText: orderUrl.slice(-12) });
  await row.getByRole("button", { name: "Ship" }).click();
  await office.getByRole("dialog").getByRole("button", { name: /ship/i }).click();
  await page.goto(orderUrl);
  await expect
    .poll(() => page.getByRole("list", { name: "Progress" }).textContent(), { timeout: 15_000 })
    .toMatch(/Shipped\s*:?\s*done/);
});

test("a declined card is told in plain words, nothing is charged, and another card finishes the purchase", async () => {
  const product = await addProduct(admin, { stock: 5 });
  const { page } = await newPage(browser, url);
  await orderOne(page, product.slug, "Declined card");
  await expect.poll(() => page.getByRole("main").textContent(), { timeout: 30_000 }).toMatch(/declined/i);
  await picture(page, "journey-declined");
  await page.goto("/checkout");
  await page.getByLabel("E-mail").fill("ada@example.org");
  await fillAddress(page);
  await page.getByRole("radio", { name: "Visa" }).check();
  await page.getByRole("button", { name: "Place order" }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  await expect
    .poll(() => page.getByRole("list", { name: "Progress" }).textContent(), { timeout: 30_000 })
    .toMatch(/Confirmed\s*:?\s*done/);
});
