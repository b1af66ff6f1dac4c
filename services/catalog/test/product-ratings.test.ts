import { productQuery } from "@sockshop/contracts/catalog.ts";
import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { applyNext, ensureCheckpoints, storeEvents } from "@sockshop/platform/inbox.ts";
import { rebuildConsumer } from "@sockshop/platform/read-models.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { listProducts } from "../src/product-search.ts";
import { findProduct } from "../src/products.ts";
import { productRatings } from "../src/subscriptions.ts";
import { added } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
let socks: string[];
const told: CloudEvent[] = [];

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  await ensureCheckpoints(database, [productRatings]);
  socks = await Promise.all(
    ["One", "Two", "Three"].map((name) =>
      added(database, { name, variants: [{ sku: name, options: { size: "M" }, priceCents: 900 }] }),
    ),
  );
});
afterAll(() => drop());

async function deliver(events: CloudEvent[]): Promise<void> {
  await storeEvents(database, "rating-events", events);
  while ((await applyNext(database, productRatings, "rating-events")) === "applied");
}

async function tell(nr: number, totalStars: number, count: number): Promise<void> {
  const productId = socks[nr];
  const product = { totalStars, count, average: count && totalStars / count };
  const event: CloudEvent = {
    specversion: "1.0",
    id: newId(),
    source: "rating",
    type: "RatingApproved",
    subject: newId(),
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    position: told.length + 1,
    data: { productId, orderId: newId(), stars: 5, status: "approved", by: "auto", product },
  };
  told.push(event);
  await deliver([event]);
}

const shown = async () =>
  (await listProducts(database, productQuery.parse({ sort: "rating" }))).items.map(({ name, rating }) => [
    name,
    rating.average,
    rating.count,
  ]);

test("ratings show with their products and sort them, and the last word about a product counts", async () => {
  await tell(0, 5, 1);
  await tell(1, 14, 3);
  await tell(2, 9, 2);
  await tell(0, 8, 2);
  expect(await shown()).toEqual([
    ["Two", 4.67, 3],
    ["Three", 4.5, 2],
    ["One", 4, 2],
  ]);
  await tell(2, 0, 0);
  expect(await shown()).toContainEqual(["Three", 0, 0]);
  expect((await findProduct(database, socks[1] ?? ""))?.rating).toEqual({ average: 4.67, count: 3 });
});

test("repeats in any order change nothing, and a rebuild makes the same rows", async () => {
  const rows = async () => (await database.query("select * from product_ratings order by product_id")).rows;
  const before = await rows();
  await deliver([...told, ...told, ...told].reverse());
  expect(await rows()).toEqual(before);
  await database.query("truncate product_ratings");
  const call = async (_app: string, _method: string, path: string) => ({
    head: told.length,
    items: told.slice(Number(new URL(path, "http://rating").searchParams.get("after"))),
  });
  await rebuildConsumer({ database, sidecar: { call } as unknown as Sidecar }, productRatings);
  expect(await rows()).toEqual(before);
});
