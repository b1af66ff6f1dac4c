import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  addProduct,
  eventually,
  newShopper,
  receive,
  type Shopper,
  signInAdmin,
  signUp,
} from "../shopper.ts";
import { newPage, openBrowser, picture } from "./browser.ts";

const { url, admin: adminAccount } = inject("shop");
let browser: Browser;
let admin: Shopper;
beforeAll(async () => {
  browser = await openBrowser();
  admin = await signInAdmin(url, adminAccount);
}, 180_000);
afterAll(() => browser?.close());

const phone = { width: 390, height: 844 };
async function pageOf(who: Shopper, viewport?: typeof phone) {
  const opened = await newPage(browser, url, viewport);
  const cookies = [...who.cookies].map(([name, value]) => ({ name, value, url }));
  await opened.page.context().addCookies(cookies);
  return opened;
}

const widthBeyond = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function rate(page: Page, product: Product, stars: RegExp, comment: string): Promise<void> {
  await page.getByRole("button", { name: `Rate ${product.name}` }).click();
  const form = page.getByRole("form", { name: `Rate ${product.name}` });
  // By keyboard and name, as those do who see no stars.
  await form.getByRole("radio", { name: stars }).focus();
  await page.keyboard.press("Space");
  await form.getByLabel("Title").fill("As warm as they say");
  await form.getByLabel("What was it like?").fill(comment);
  await form.getByRole("button", { name: "Send rating" }).click();
}

test("a purchase is rated from its order, read by an administrator where it has a link, and found helpful by others", async () => {
  const product = await addProduct(admin, { stock: 9 });
  const [buyer, reader] = [newShopper(url), newShopper(url)];
  await signUp(buyer);
  await signUp(reader);
  const orderId = await receive(buyer, admin, product);
  const { page, complaints } = await pageOf(buyer);
  await page.goto(`/orders/${orderId}`);
  await rate(page, product, /^4 stars/, "See https://socks.example for more.\nSoft, too.");
  await page.getByText("We read it before it is published").waitFor();
  await picture(page, "rating-held-back");

  const office = await pageOf(admin);
  await office.page.goto("/admin/ratings");
  const held = office.page.getByRole("listitem").filter({ hasText: product.name });
  await held.getByText("Link or address").waitFor();
  await picture(office.page, "rating-moderation");
  await held.getByRole("button", { name: "Approve" }).click();
  await office.page.getByText("The rating is published.").waitFor();

  const other = await receive(reader, admin, product);
  const second = await pageOf(reader, phone);
  await second.page.goto(`/orders/${other}`);
  await picture(second.page, "rating-order-phone");
  await rate(second.page, product, /^1 star,/, "The heel was through in a week.");
  await second.page.getByText("Published", { exact: true }).waitFor();
  await eventually("the catalogue has heard of both ratings", async () => {
    const { body } = await reader.get<Product>(`/api/catalog/products/${product.slug}`);
    return body.rating?.count === 2;
  });
  await second.page.goto(`/products/${product.slug}`);
  const review = second.page.locator("#ratings li").filter({ hasText: "See https://socks.example" });
  await review.getByRole("button", { name: "Helpful" }).click();
  await review.getByText("1 person found this helpful").waitFor();
  await second.page.getByRole("img", { name: "2.5 of 5 stars, 2 ratings" }).waitFor();
  expect(await widthBeyond(second.page)).toBeLessThanOrEqual(1);
  await picture(second.page, "ratings-phone");
  await page.goto(`/products/${product.slug}`);
  await page.getByText("1 person found this helpful").waitFor();
  await picture(page, "ratings-desktop");
  await page.goto("/ratings");
  await page.getByRole("button", { name: `Edit the rating of ${product.name}` }).click();
  await picture(page, "rating-edit");
  const stranger = await newPage(browser, url);
  await stranger.page.goto(`/products/${product.slug}`);
  await stranger.page.getByRole("link", { name: "Helpful? Sign in to say so" }).first().waitFor();
  for (const one of [complaints, office.complaints, second.complaints, stranger.complaints])
    expect(one).toEqual([]);
}, 120_000);
