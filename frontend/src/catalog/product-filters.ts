import type { LocationQuery, LocationQueryRaw } from "vue-router";

export const sorts = {
  popular: "Most loved",
  newest: "Newest",
  price: "Price, low to high",
  "-price": "Price, high to low",
  rating: "Best rated",
  name: "Name",
} as const;
export type Sort = keyof typeof sorts;

export type ProductFilters = {
  search: string;
  category: string;
  tag: string;
  brand: string;
  minPrice: number | undefined;
  maxPrice: number | undefined;
  inStock: boolean;
  sort: Sort;
  page: number;
};

const text = (value: unknown) => (typeof value === "string" ? value : "");

function wholeNumber(value: unknown): number | undefined {
  const typed = text(value);
  return /^\d{1,9}$/.test(typed) ? Number(typed) : undefined;
}

const isSort = (value: string): value is Sort => Object.hasOwn(sorts, value);

/** The address bar as filters; whatever it holds that makes no sense is left out. */
export function readFilters(query: LocationQuery): ProductFilters {
  const sort = text(query.sort);
  return {
    search: text(query.search),
    category: text(query.category),
    tag: text(query.tag),
    brand: text(query.brand),
    minPrice: wholeNumber(query.minPrice),
    maxPrice: wholeNumber(query.maxPrice),
    inStock: query.inStock === "true",
    sort: isSort(sort) ? sort : "popular",
    page: Math.max(1, wholeNumber(query.page) ?? 1),
  };
}

/** Filters for the address bar, without those that say nothing. */
export function writeFilters(filters: ProductFilters): LocationQueryRaw {
  const { page, sort, inStock, ...rest } = filters;
  const query: LocationQueryRaw = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value !== "" && value !== undefined) query[name] = String(value);
  }
  if (inStock) query.inStock = "true";
  if (sort !== "popular") query.sort = sort;
  if (page > 1) query.page = String(page);
  return query;
}
