import type { Database } from "@sockshop/platform/database.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../platform/test/postgres.ts";
import { importProducts } from "../src/product-import.ts";
import { findProduct } from "../src/products.ts";

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
});
afterAll(() => drop());

const send = (...lines: string[]) => importProducts(database, lines.join("\n"));
const header = "slug,name,category,tags,sku,size,option:length,priceCents,stock";

test("lines of one slug become one product with a variant each", async () => {
  const outcome = await send(
    header,
    'pier,"Pier, striped",Crew,cotton|stripes,PIER-M,M,short,900,5',
    "pier,,,,PIER-L,L,,1000,2",
  );
  expect(outcome).toEqual({ added: 1, changed: 0, errors: [] });
  expect(await findProduct(database, "pier")).toMatchObject({
    name: "Pier, striped",
    tags: ["cotton", "stripes"],
    priceCents: 900,
    available: 7,
    variants: [
      { sku: "PIER-M", options: { size: "M", length: "short" }, available: 5 },
      { sku: "PIER-L", options: { size: "L" }, priceCents: 1000, available: 2 },
    ],
  });
});

test("a file that is imported twice changes nothing the second time", async () => {
  const file = [header, "quay,Quay,Crew,,QUAY,M,,900,5"];
  await send(...file);
  expect(await send(...file)).toEqual({ added: 0, changed: 0, errors: [] });
  expect((await findProduct(database, "quay"))?.available).toBe(5);
});

test("a known product takes what its cells say and keeps what they leave empty", async () => {
  await send(header, "dock,Dock,Crew,wool,DOCK,M,,900,5");
  expect(await send(header, "dock,,Hiking,,DOCK,,,950,", "dock,,,,,,,,")).toEqual({
    added: 0,
    changed: 1,
    errors: [],
  });
  expect(await findProduct(database, "dock")).toMatchObject({
    name: "Dock",
    category: "Hiking",
    tags: ["wool"],
    available: 5,
    variants: [{ options: { size: "M" }, priceCents: 950 }],
  });
});

test("each bad line is named with what is wrong, and the good ones land", async () => {
  const { added, errors } = await send(
    header,
    "good,Good,Crew,,GOOD,M,,900,5",
    "no-price,No price,Crew,,NO-PRICE,M,,,5",
    "",
    "words,Words,Crew,,WORDS,M,,nine,5",
    "thief,Thief,Crew,,GOOD,M,,900,5",
    "short,Short",
    'quotes,Qu"o"tes,Crew,,QUOTES,M,,900,1',
    "Not A Slug,Bad,Crew,,BAD,M,,900,1",
    "last,Last,Crew,,LAST,M,,900,5",
    'open,"Open,Crew,,OPEN,M,,900,5',
    "swallowed,Swallowed,Crew,,SWALLOWED,M,,900,5",
  );
  expect(added).toBe(2);
  expect(errors.map(({ line }) => line)).toEqual([3, 5, 6, 7, 8, 9, 11]);
  expect(errors.map(({ message }) => message).join("\n")).toMatch(/priceCents[\s\S]*GOOD/);
  expect(await findProduct(database, "thief")).toBeUndefined();
  expect(await findProduct(database, "last")).toBeDefined();
});

test("a column that nobody knows is refused before anything lands", async () => {
  await expect(send("slug,nmae,sku,priceCents", "odd,Odd,ODD,900")).rejects.toMatchObject({ status: 422 });
  await expect(send("sku,priceCents", "ODD,900")).rejects.toMatchObject({ status: 422 });
  expect(await send("")).toEqual({ added: 0, changed: 0, errors: [] });
});
