import type { productPage, productQuery } from "@sockshop/contracts/catalog.ts";
import { type Database, type Queryable, withTransaction } from "@sockshop/platform/database.ts";
import type { z } from "zod";
import { type ProductRow, productColumns, productFromRow, productTables } from "./products.ts";

export type ProductQuery = z.infer<typeof productQuery>;
export type ProductPage = z.infer<typeof productPage>;

const maxWords = 8;
// Two letters swapped in a word of five still find it; words that share a syllable do not.
const likeness = "0.3";

/** A page of active products; words that match nothing as they are written match what looks like them. */
export async function listProducts(database: Database, query: ProductQuery): Promise<ProductPage> {
  if (!query.search) return runList(database, query, everything);
  const words = wordsOf(query.search);
  if (words.length === 0) return runList(database, query, nothing);
  const found = await runList(database, query, asWritten(words));
  if (found.total > 0) return found;
  return withTransaction(database, async (tx) => {
    await tx.query("select set_config('pg_trgm.word_similarity_threshold', $1, true)", [likeness]);
    return runList(tx, query, looksLike(words));
  });
}

const wordsOf = (search: string) =>
  [...search.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word).slice(0, maxWords);

/** How a search narrows the list: SQL over `p` with `$1` as its value. */
type Match = { name: string; condition: string; rank: string; value: string | string[] | null };

const everything: Match = { name: "all", condition: "$1::text is null", rank: "0", value: null };
const nothing: Match = { name: "none", condition: "$1::text is not null", rank: "0", value: null };
const asWritten = (words: string[]): Match => ({
  name: "written",
  condition: "p.search_vector @@ to_tsquery('english', $1)",
  rank: "ts_rank(p.search_vector, to_tsquery('english', $1))",
  value: words.map((word) => `${word}:*`).join(" & "),
});
const looksLike = (words: string[]): Match => {
  const each = words.map((_word, index) => `($1::text[])[${index + 1}]`);
  return {
    name: `like ${words.length}`,
    condition: each.map((word) => `${word} <% p.search_text`).join(" and "),
    rank: each.map((word) => `word_similarity(${word}, p.search_text)`).join(" + "),
    value: words,
  };
};

const orders: Record<ProductQuery["sort"], string> = {
  name: "name, id",
  price: "price_cents, name, id",
  "-price": "price_cents desc, name, id",
  rating: "stars desc, ratings desc, name, id",
  newest: "created_at desc, id desc",
  // A search is answered by how well it matches first; without one the rank is the same for all.
  popular: "rank desc, sold desc, created_at, id",
};

/** One statement, so that items, total and facets are of one moment; a facet is counted under every filter but its own. */
const listStatement = (match: Match, sort: ProductQuery["sort"]) => `
  with found as materialized (
    select p.id, p.name, p.category, p.brand, p.tags, p.price_cents, p.created_at, s.sold,
      coalesce(r.stars / nullif(r.count, 0)::float8, 0) as stars, coalesce(r.count, 0) as ratings, ${match.rank} as rank,
      ($2::text is null or p.category = $2) as in_category,
      ($3::text is null or $3 = any(p.tags)) as in_tag,
      ($4::text is null or p.brand = $4) as in_brand,
      ($5::int is null or p.price_cents >= $5) and ($6::int is null or p.price_cents <= $6) as in_price
    from ${productTables}
    where p.status = 'active' and (not $7::boolean or s.available > 0) and ${match.condition}
  ),
  matching as (select * from found where in_category and in_tag and in_brand and in_price),
  shown as (select id, row_number() over (order by ${orders[sort]}) as nr from matching order by nr limit $8 offset $9)
  select
    (select count(*) from matching) as total,
    (select json_agg(item order by nr) from (select ${productColumns}, shown.nr from shown join ${productTables} on p.id = shown.id) item) as items,
    json_build_object(
      'category', ${facet("select category as value from found where in_tag and in_brand and in_price")},
      'tag', ${facet("select unnest(tags) as value from found where in_category and in_brand and in_price")},
      'brand', ${facet("select brand as value from found where in_category and in_tag and in_price and brand <> ''")},
      'price', (select json_build_object('min', coalesce(min(price_cents), 0), 'max', coalesce(max(price_cents), 0))
        from found where in_category and in_tag and in_brand)
    ) as facets`;

function facet(values: string): string {
  return `(select coalesce(json_agg(counted), '[]') from
    (select value, count(*) from (${values}) each_value group by value order by count(*) desc, value) counted)`;
}

async function runList(db: Queryable, query: ProductQuery, match: Match): Promise<ProductPage> {
  const { page, pageSize } = query;
  const { rows } = await db.query<{
    total: number;
    items: (ProductRow & { nr: number })[] | null;
    facets: ProductPage["facets"];
  }>({
    // Named, so that the server plans it once a connection.
    name: `products ${match.name} by ${query.sort}`,
    text: listStatement(match, query.sort),
    values: [
      match.value,
      query.category || null,
      query.tag || null,
      query.brand || null,
      query.minPrice ?? null,
      query.maxPrice ?? null,
      query.inStock ?? false,
      pageSize,
      (page - 1) * pageSize,
    ],
  });
  const found = rows[0];
  if (!found) throw new Error("the list statement answers one row");
  const items = (found.items ?? []).map(({ nr: _nr, ...row }) => productFromRow(row));
  return { items, total: found.total, page, pageSize, facets: found.facets };
}
