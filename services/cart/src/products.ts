import { productEvents } from "@sockshop/contracts/catalog.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { z } from "zod";

/** A variant with its product's facts, as a cart needs it. */
export type ProductCopy = {
  sku: string;
  productId: string;
  slug: string;
  name: string;
  image: string | null;
  options: Record<string, string>;
  currency: string;
  priceCents: number;
  available: number;
  retired: boolean;
};

type Facts = z.infer<typeof productEvents.ProductAdded>;
const stockLevel = z.object({ sku: z.string(), available: z.int() });

/** Keeps this service's own copy of names, pictures, prices and availability. */
export const productCopies: Consumer = {
  name: "product-copies",
  topics: ["product-events"],
  tables: ["product_copies"],
  async handle(tx, event) {
    switch (event.type) {
      case "ProductAdded":
      case "ProductChanged":
        return saveFacts(tx, event.subject, productEvents.ProductChanged.parse(event.data));
      case "ProductRetired":
        await tx.query("update product_copies set retired = true where product_id = $1", [event.subject]);
        return;
      case "StockReceived":
      case "StockReserved":
      case "StockReleased":
      case "StockCommitted":
      case "StockReturned":
      case "StockRanLow": {
        const { sku, available } = stockLevel.parse(event.data);
        await tx.query("update product_copies set available = $2 where sku = $1", [sku, available]);
      }
    }
  },
};

async function saveFacts(tx: Transaction, productId: string, facts: Facts): Promise<void> {
  await tx.query(
    `insert into product_copies (sku, product_id, slug, name, image, options, currency, price_cents, available)
     select variant->>'sku', $1, $2, $3, $4, variant->'options', $5,
            (variant->>'priceCents')::int, (variant->>'available')::int
     from jsonb_array_elements($6::jsonb) variant
     on conflict (sku) do update
     set product_id = excluded.product_id, slug = excluded.slug, name = excluded.name, image = excluded.image,
         options = excluded.options, currency = excluded.currency, price_cents = excluded.price_cents,
         available = excluded.available`,
    [
      productId,
      facts.slug,
      facts.name,
      facts.images[0] ?? null,
      facts.currency,
      JSON.stringify(facts.variants),
    ],
  );
}

const columns = `sku, product_id as "productId", slug, name, image, options, currency,
  price_cents as "priceCents", available, retired`;

/** The variant as this service knows it; asks Catalog once when it has never heard of it, and throws its 404 or a 503. */
export async function findProduct(
  { database, sidecar }: { database: Queryable; sidecar: Sidecar },
  sku: string,
): Promise<ProductCopy> {
  const known = await knownProduct(database, sku);
  if (known) return known;
  const fetched = await fetchProduct(sidecar, sku);
  await database.query(
    `insert into fetched_products (sku, product_id, slug, name, image, options, currency, price_cents, available, retired)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [
      sku,
      fetched.productId,
      fetched.slug,
      fetched.name,
      fetched.image,
      JSON.stringify(fetched.options),
      fetched.currency,
      fetched.priceCents,
      fetched.available,
      fetched.retired,
    ],
  );
  // An event may have brought the variant meanwhile, and it knows better than an answer that was under way.
  return (await knownProduct(database, sku)) ?? fetched;
}

async function knownProduct(db: Queryable, sku: string): Promise<ProductCopy | undefined> {
  const { rows } = await db.query<ProductCopy>(
    `select ${columns} from product_copies where sku = $1
     union all
     select ${columns} from fetched_products where sku = $1
       and not exists (select 1 from product_copies where sku = $1)`,
    [sku],
  );
  return rows[0];
}

/** Catalog's internal answer: a product's facts with its id and state. */
const productOfVariant = productEvents.ProductAdded.extend({
  productId: z.uuid(),
  status: z.enum(["active", "retired"]),
});

async function fetchProduct(sidecar: Sidecar, sku: string): Promise<ProductCopy> {
  const facts = await sidecar.call("catalog", "GET", `/internal/variants/${sku}`, productOfVariant, {
    timeoutMs: 5_000,
  });
  const variant = facts.variants.find((candidate) => candidate.sku === sku);
  if (!variant) throw new Error(`the catalogue answered another product than that of ${sku}`);
  return {
    ...variant,
    productId: facts.productId,
    slug: facts.slug,
    name: facts.name,
    image: facts.images[0] ?? null,
    currency: facts.currency,
    retired: facts.status === "retired",
  };
}
