import { describe, expect, test } from "vitest";
import { readFilters, writeFilters } from "../src/catalog/product-filters.ts";
import { aPage, aProduct } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const shop: Shop = { "GET /api/catalog/products": () => json(aPage([aProduct()], 60)) };
const listed = (shown: Awaited<ReturnType<typeof visit>>) =>
  shown.sent("GET", "/api/catalog/products").at(-1)?.query;

describe("the list's filters", () => {
  test("survive the way through the address and back", () => {
    const query = {
      search: "wool",
      category: "cosy",
      minPrice: "500",
      inStock: "true",
      sort: "-price",
      page: "3",
    };
    expect(writeFilters(readFilters(query))).toEqual(query);
  });

  test("leave out what the address says wrongly", () => {
    const nonsense = { sort: "cheapest", page: "-2", minPrice: "many", inStock: "perhaps" };
    expect(writeFilters(readFilters(nonsense))).toEqual({});
  });
});

describe("the list", () => {
  test("asks for what the address says", async () => {
    const shown = await visit("/?category=sport&sort=price&maxPrice=2000&page=2", shop);
    await shown.reads("Breton Crew");
    expect(Object.fromEntries(listed(shown) ?? [])).toEqual({
      category: "sport",
      sort: "price",
      maxPrice: "2000",
      page: "2",
      pageSize: "24",
    });
  });

  test("puts a chosen facet into the address, starts at page one, and forgets it on going back", async () => {
    const shown = await visit("/?page=2", shop);
    await shown.reads("Breton Crew");
    await shown.link("Sport1").trigger("click");
    await eventually(() => expect(shown.router.currentRoute.value.fullPath).toBe("/?category=sport"));
    await eventually(() => expect(listed(shown)?.get("category")).toBe("sport"));
    shown.router.back();
    await eventually(() => expect(shown.router.currentRoute.value.fullPath).toBe("/?page=2"));
  });

  test("searches while one types, without an entry in the history for every letter", async () => {
    const shown = await visit("/", shop);
    await shown.reads("Breton Crew");
    const box = shown.page.find('input[aria-label="Search socks"]');
    await box.setValue("wo");
    await eventually(() => expect(shown.router.currentRoute.value.query.search).toBe("wo"));
    await box.setValue("wool");
    await eventually(() => expect(listed(shown)?.get("search")).toBe("wool"));
    shown.router.back();
    await eventually(() => expect(shown.router.currentRoute.value.fullPath).toBe("/"));
  });

  test("sends typed prices in cents", async () => {
    const shown = await visit("/", shop);
    await shown.reads("Breton Crew");
    await shown.page.find('input[aria-label="Lowest price"]').setValue("12.50");
    await shown.page.find('form[aria-label="Price range"]').trigger("submit");
    await eventually(() => expect(listed(shown)?.get("minPrice")).toBe("1250"));
  });

  test("says when nothing matches, and offers a way out", async () => {
    const shown = await visit("/?search=zzz", { "GET /api/catalog/products": () => json(aPage([])) });
    await shown.reads("No socks like that");
    expect(shown.link("See all socks").attributes("href")).toBe("/");
  });

  test("offers to try again when the catalogue is away", async () => {
    let away = true;
    const shown = await visit("/", {
      "GET /api/catalog/products": () => (away ? problem(503) : json(aPage([aProduct()]))),
    });
    await shown.reads("The socks could not be fetched");
    away = false;
    await shown.button("Try again").trigger("click");
    await shown.reads("Breton Crew");
  });
});

describe("a product", () => {
  const product: Shop = { "GET /api/catalog/products/crew": () => json(aProduct()) };

  test("keeps the chosen variant in the address and marks what is sold out", async () => {
    const shown = await visit("/products/crew", product);
    await shown.reads("A crew sock.");
    expect(shown.page.find("label.gone").text()).toContain("L");
    await shown.page.find('input[value="rust"]').setValue(true);
    await eventually(() => expect(shown.router.currentRoute.value.query.variant).toBe("CREW-RUST-L"));
    await shown.reads("$14.00");
  });

  test("that is not there leads back to the shop", async () => {
    const shown = await visit("/products/nothing", {});
    await shown.reads("This sock is gone");
  });
});
