import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { RecordedEvent } from "@sockshop/platform/events.ts";
import type { SockDesign } from "./illustration.ts";
import type { Options, ProductEvent } from "./product-state.ts";

/** The read model of lists, search and detail, in step with every product command. */
export const products: Projection<ProductEvent> = {
  name: "products",
  tables: ["products", "product_stock"],
  async project(tx, event) {
    switch (event.type) {
      case "ProductAdded":
      case "ProductChanged":
        await storeFacts(tx, event);
        await storeStock(tx, event);
        return;
      case "ProductRetired":
        await tx.query("update products set status = 'retired' where id = $1", [event.subject]);
        return;
      case "StockRanLow":
        return;
      case "StockCommitted":
        return moveStock(tx, event.subject, { ...event.data, sold: event.data.quantity });
      case "StockReturned":
        return moveStock(tx, event.subject, { ...event.data, sold: -event.data.quantity });
      case "StockReceived":
      case "StockReserved":
      case "StockReleased":
        return moveStock(tx, event.subject, { ...event.data, sold: 0 });
    }
  },
};

type FactsEvent = RecordedEvent<Extract<ProductEvent, { type: "ProductAdded" | "ProductChanged" }>>;

async function storeFacts(tx: Transaction, { subject, time, data }: FactsEvent): Promise<void> {
  const variants = data.variants.map(({ sku, options, priceCents }) => ({ sku, options, priceCents }));
  const looks = [...new Set(variants.flatMap(({ options }) => Object.values(options)))];
  await tx.query(
    `insert into products (id, slug, name, description, brand, category, tags, images, currency, design, variants,
       price_cents, status, created_at, search_vector, search_text)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'active', $13,
       setweight(to_tsvector('english', $3), 'A') || setweight(to_tsvector('english', $14), 'B')
         || setweight(to_tsvector('english', $4), 'D'),
       lower($3 || ' ' || $14))
     on conflict (id) do update set name = excluded.name, description = excluded.description, brand = excluded.brand,
       category = excluded.category, tags = excluded.tags, images = excluded.images, design = excluded.design,
       variants = excluded.variants, price_cents = excluded.price_cents,
       search_vector = excluded.search_vector, search_text = excluded.search_text`,
    [
      subject,
      data.slug,
      data.name,
      data.description,
      data.brand,
      data.category,
      data.tags,
      data.images,
      data.currency,
      data.design ? JSON.stringify(data.design) : null,
      JSON.stringify(variants),
      Math.min(...variants.map(({ priceCents }) => priceCents)),
      time,
      [data.brand, data.category, ...data.tags, ...looks].join(" "),
    ],
  );
}

async function storeStock(tx: Transaction, { subject, data }: FactsEvent): Promise<void> {
  const stock = Object.fromEntries(data.variants.map(({ sku, available }) => [sku, available]));
  const available = data.variants.reduce((sum, variant) => sum + variant.available, 0);
  await tx.query(
    `insert into product_stock (product_id, stock, available) values ($1, $2, $3)
     on conflict (product_id) do update set stock = excluded.stock, available = excluded.available`,
    [subject, JSON.stringify(stock), available],
  );
}

async function moveStock(
  tx: Transaction,
  productId: string,
  to: { sku: string; available: number; sold: number },
): Promise<void> {
  await tx.query(
    `update product_stock set stock = jsonb_set(stock, array[$2], to_jsonb($3::bigint)),
       available = available + $3 - (stock->>$2)::bigint, sold = sold + $4
     where product_id = $1`,
    [productId, to.sku, to.available, to.sold],
  );
}

/** A product as the read model's queries select it, by `productColumns`. */
export type ProductRow = {
  id: string;
  slug: string;
  name: string;
  description: string;
  brand: string;
  category: string;
  tags: string[];
  images: string[];
  currency: string;
  variants: { sku: string; options: Options; priceCents: number }[];
  priceCents: number;
  status: "active" | "retired";
  createdAt: string | Date;
  stock: Record<string, number>;
  available: number;
  rating: { average: number; count: number };
};

/** Selects a `ProductRow` from `productTables`. */
export const productColumns = `p.id, p.slug, p.name, p.description, p.brand, p.category, p.tags, p.images, p.currency,
  p.variants, p.price_cents as "priceCents", p.status, p.created_at as "createdAt", s.stock, s.available,
  json_build_object('average', coalesce(round(r.stars / nullif(r.count, 0)::numeric, 2), 0), 'count', coalesce(r.count, 0)) as rating`;
export const productTables = `products p join product_stock s on s.product_id = p.id
  left join product_ratings r on r.product_id = p.id`;

export function productFromRow({ stock, variants, createdAt, ...row }: ProductRow): Product {
  return {
    ...row,
    createdAt: new Date(createdAt).toISOString(),
    variants: variants.map((variant) => ({ ...variant, available: stock[variant.sku] ?? 0 })),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const slug = /^[a-z0-9-]{1,120}$/;

/** A product by its id or slug, retired ones included. */
export async function findProduct(db: Queryable, idOrSlug: string): Promise<Product | undefined> {
  const column = uuid.test(idOrSlug) ? "id" : "slug";
  if (column === "slug" && !slug.test(idOrSlug)) return undefined;
  const { rows } = await db.query<ProductRow>({
    name: `product by ${column}`,
    text: `select ${productColumns} from ${productTables} where p.${column} = $1`,
    values: [idOrSlug],
  });
  return rows[0] && productFromRow(rows[0]);
}

/** What a product's drawing is made from. */
export type Drawn = Pick<Product, "slug" | "name" | "category" | "tags"> & {
  design: SockDesign | null;
  variants: { options: Options }[];
};

export async function findDrawn(db: Queryable, productSlug: string): Promise<Drawn | undefined> {
  if (!slug.test(productSlug)) return undefined;
  const { rows } = await db.query<Drawn>(
    "select slug, name, category, tags, design, variants from products where slug = $1",
    [productSlug],
  );
  return rows[0];
}
