import { newProduct } from "@sockshop/contracts/catalog.ts";
import { expect, test } from "vitest";
import { seedProducts } from "../seed/products.ts";
import { drawSock, sockDesign } from "../src/illustration.ts";
import { motifs, patterns } from "../src/illustration-design.ts";
import { assertWellFormed } from "./well-formed.ts";

const variants = seedProducts.flatMap((product) => product.variants);
const unique = (values: string[]) => expect(new Set(values).size).toBe(values.length);

test("the shop opens with a hundred socks of several kinds and makers", () => {
  expect(seedProducts.length).toBeGreaterThanOrEqual(96);
  expect(new Set(seedProducts.map(({ category }) => category)).size).toBeGreaterThanOrEqual(7);
  expect(new Set(seedProducts.map(({ brand }) => brand)).size).toBeGreaterThanOrEqual(6);
});

test("no two products share a slug, a name or a description, and no two variants a sku", () => {
  unique(seedProducts.map(({ slug }) => slug));
  unique(seedProducts.map(({ name }) => name));
  unique(seedProducts.map(({ description }) => description));
  unique(variants.map(({ sku }) => sku.toUpperCase()));
});

test.each(seedProducts)("$slug is a product the catalogue would accept", (product) => {
  const { slug, name, description, brand, category, tags, currency } = product;
  const facts = { slug, name, description, brand, category, tags, currency, variants: product.variants };
  expect(newProduct.parse(facts)).toEqual(facts);
  expect(product.variants.length).toBeGreaterThanOrEqual(2);
  expect(product.variants.length).toBeLessThanOrEqual(6);
  expect(description.split(/[.!?](?:\s|$)/).filter(Boolean).length).toBeGreaterThanOrEqual(2);
  expect(product.materials.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
});

test.each(seedProducts)(
  "$slug is drawn in each of its colours, and they differ",
  ({ design, name, variants }) => {
    expect(sockDesign.parse(design)).toEqual(design);
    const colours = [...new Set(variants.map(({ options }) => options.colour))];
    expect(design.colourways?.map((colourway) => colourway.name)).toEqual(colours);
    const pictures = colours.map((colourway) => drawSock(design, { title: name, colourway }));
    pictures.forEach(assertWellFormed);
    unique(pictures);
  },
);

test("prices lie between 450 and 3900 cents", () => {
  for (const { priceCents } of variants) {
    expect(priceCents).toBeGreaterThanOrEqual(450);
    expect(priceCents).toBeLessThanOrEqual(3900);
  }
});

test("most variants are well stocked, and a few are nearly or quite gone", () => {
  const scarce = variants.filter(({ stock }) => stock <= 5);
  expect(scarce.length).toBeGreaterThan(5);
  expect(scarce.length).toBeLessThan(variants.length / 20);
  expect(scarce.some(({ stock }) => stock === 0)).toBe(true);
  expect(variants.every(({ stock }) => stock <= 400 && (stock <= 5 || stock >= 20))).toBe(true);
});

test("every pattern is worn by some product, and at least two dozen motifs", () => {
  expect(new Set(seedProducts.map(({ design }) => design.pattern))).toEqual(new Set(patterns));
  const worn = motifs.filter((motif) => seedProducts.some(({ design }) => design.motif === motif));
  expect(worn.length).toBeGreaterThanOrEqual(24);
});
