import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Traces } from "@sockshop/contracts/tracing.ts";
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
import { accessibilityFaults } from "./accessibility.ts";
import { newPage, openBrowser, picture } from "./browser.ts";

const { url, admin: adminAccount } = inject("shop");
let browser: Browser;
let admin: Shopper;
let buyer: Shopper;
let product: Product;
let rival: Product;
let orderId: string;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await openBrowser();
  admin = await signInAdmin(url, adminAccount);
  buyer = newShopper(url);
  await signUp(buyer);
  [product, rival] = [await addProduct(admin, { stock: 5 }), await addProduct(admin, { stock: 5 })];
  orderId = await receive(buyer, admin, product);
  await rate(buyer, await receive(buyer, admin, rival), rival, 3, "They are all right.");
  ({ page, complaints } = await newPage(browser, url));
  await page.context().addCookies([...admin.cookies].map(([name, value]) => ({ name, value, url })));
}, 180_000);
afterAll(() => browser?.close());

async function rate(who: Shopper, order: string, { id }: Product, stars: number, comment: string) {
  const answer = await who.post("/api/ratings", {
    orderId: order,
    productId: id,
    stars,
    title: "What I think",
    comment,
  });
  return answer.status;
}

/** Whether the list of the best rated shows our product before the other. */
async function isAhead(): Promise<boolean> {
  await page.goto("/?category=Tests&sort=rating");
  await page
    .getByRole("link", { name: new RegExp(rival.name) })
    .first()
    .waitFor();
  const words = (await page.getByRole("main").textContent()) ?? "";
  const at = words.indexOf(product.name);
  return at >= 0 && at < words.indexOf(rival.name);
}

test("a delivered order is rated, the rating moderated, and the product moves up; who did not buy it is refused", async () => {
  const stranger = newShopper(url);
  await signUp(stranger);
  expect(await rate(stranger, orderId, product, 1, "Never had them.")).toBeGreaterThanOrEqual(403);
  expect(await rate(buyer, orderId, product, 5, "See https://socks.example for more.")).toBe(201);
  await eventually("the other product's rating is in the list", async () => {
    const { body } = await admin.get<Product>(`/api/catalog/products/${rival.id}`);
    return body.rating.count === 1;
  });
  expect(await isAhead()).toBe(false);
  await page.goto("/admin/ratings");
  const held = page.getByRole("listitem").filter({ hasText: product.name });
  await held.getByRole("button", { name: "Approve" }).click();
  await page.getByText("The rating is published.").waitFor();
  await expect.poll(isAhead, { timeout: 20_000 }).toBe(true);
  await page.goto(`/products/${product.slug}`);
  await page.getByRole("img", { name: "5.0 of 5 stars, 1 rating" }).first().waitFor();
});

test("the administrator follows an order from its page over its log timeline into its trace", async () => {
  await page.goto(`/orders/${orderId}`);
  await page.getByRole("link", { name: "Order and its saga" }).click();
  const run = page.getByRole("list", { name: "Steps of run 1" });
  for (const step of ["Reserve stock", "Authorize payment", "Commit stock", "Capture payment"])
    await run.getByRole("listitem").filter({ hasText: step }).getByText("Done").waitFor();
  await page.getByText(`${orderId}.1`).waitFor();
  await page.getByText("Completed", { exact: true }).waitFor();
  await picture(page, "explorer-order");

  await page.getByRole("link", { name: "Log timeline" }).click();
  const told = page.getByRole("region", { name: "What happened" });
  for (const type of ["OrderPlaced", "StockReserved", "PaymentCaptured", "OrderDelivered", "RatingSubmitted"])
    await told.getByText(type, { exact: true }).first().waitFor();
  await picture(page, "explorer-timeline");
  const { url: tracesUrl, missing } = (await admin.get<Traces>("/api/traces")).body;
  if (!tracesUrl)
    return page
      .getByText(missing?.why ?? "")
      .first()
      .waitFor();
  const address = await page.getByRole("link", { name: "Trace in Zipkin" }).first().getAttribute("href");
  const traceId = address?.slice(tracesUrl.length);
  expect([address, traceId]).toEqual([
    expect.stringContaining(tracesUrl),
    expect.stringMatching(/^[0-9a-f]{32}$/),
  ]);
  await eventually("Zipkin knows the trace", async () => {
    const answer = await fetch(new URL(`/zipkin/api/v2/trace/${traceId}`, tracesUrl));
    const services = ((await answer.json()) as { localEndpoint: { serviceName: string } }[]).map(
      ({ localEndpoint }) => localEndpoint.serviceName,
    );
    return ["gateway", "order", "payment"].every((service) => services.includes(service));
  });
});

test("log lines are searched, opened and followed live by keyboard alone", async () => {
  await page.goto("/admin/logs?service=catalog");
  const list = page.getByRole("listbox", { name: "Log lines" });
  await list.getByRole("option").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(product.slug);
  await page.keyboard.press("Enter");
  await page.waitForURL(/search=/);
  await admin.get(`/api/catalog/products/${product.slug}?live=1`);
  await list.getByRole("option").filter({ hasText: product.slug }).first().waitFor();
  await list.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const details = page.getByRole("complementary", { name: /^Details/ });
  await details.getByRole("link", { name: "Lines of this trace" }).waitFor();
  await picture(page, "explorer-line");
  await page.keyboard.press("Escape");
  await details.waitFor({ state: "detached" });
  expect(await list.evaluate((element) => element === document.activeElement)).toBe(true);
});

const looks = [
  { size: { width: 1280, height: 900 }, colorScheme: "light" },
  { size: { width: 390, height: 844 }, colorScheme: "dark" },
] as const;

test("every page of it fits a desktop and a phone, in light and dark, without a fault that axe knows", async () => {
  const pages = [
    ["/admin/logs", page.getByRole("listbox").getByRole("option").first()],
    ["/admin/logs/routes", page.getByRole("table")],
    ["/admin/events", page.getByRole("listbox").getByRole("option").first()],
    [`/admin/timeline?orderId=${orderId}`, page.getByText("OrderPlaced").first()],
    [`/admin/orders/${orderId}`, page.getByText("Every event of this order")],
    ["/admin/under-way", page.getByRole("navigation", { name: "Which ones" })],
  ] as const;
  for (const { size, colorScheme } of looks) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    for (const [path, isThere] of pages) {
      await page.goto(path);
      await isThere.waitFor({ state: "attached" });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect([path, size.width, overflow <= 1]).toEqual([path, size.width, true]);
      expect([path, colorScheme, await accessibilityFaults(page)]).toEqual([path, colorScheme, []]);
      await picture(page, `explorer${path.split("?")[0]?.replaceAll("/", "-")}-${colorScheme}`);
    }
  }
  expect(complaints).toEqual([]);
});
