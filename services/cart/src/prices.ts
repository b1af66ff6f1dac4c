import { productEvents } from "@sockshop/contracts/catalog.ts";
import type { Transaction } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import { carts } from "./carts.ts";
import type { ProductCopy } from "./products.ts";

/**
 * Lines enter carts under the shared lock and prices change under the exclusive one, so that no line slips in at an old
 * price after the carts that hold the variant were looked up.
 */
export async function holdPrices(tx: Transaction): Promise<void> {
  await tx.query("select pg_advisory_xact_lock_shared(hashtext('prices'))");
}

/** The price carts show for a variant, under `holdPrices`; a variant new to carts starts at the price of its copy. */
export async function priceOf(tx: Transaction, product: ProductCopy): Promise<number> {
  const select = "select price_cents from prices where sku = $1";
  const known = await tx.query<{ price_cents: number }>(select, [product.sku]);
  if (known.rows[0]) return known.rows[0].price_cents;
  await tx.query("insert into prices (sku, price_cents) values ($1, $2) on conflict do nothing", [
    product.sku,
    product.priceCents,
  ]);
  const made = await tx.query<{ price_cents: number }>(select, [product.sku]);
  return made.rows[0]?.price_cents ?? product.priceCents;
}

/** Gives every cart that holds a variant its new price. */
export const repricing: Consumer = {
  name: "repricing",
  topics: ["product-events"],
  async handle(tx, event) {
    if (event.type !== "ProductAdded" && event.type !== "ProductChanged") return;
    const { variants } = productEvents.ProductChanged.parse(event.data);
    const changed = await changedPrices(tx, variants);
    if (changed.length === 0) return;
    await tx.query("select pg_advisory_xact_lock(hashtext('prices'))");
    for (const { sku, priceCents } of changed) {
      await tx.query(
        `insert into prices (sku, price_cents) values ($1, $2)
         on conflict (sku) do update set price_cents = excluded.price_cents`,
        [sku, priceCents],
      );
      await repriceCarts(tx, sku, priceCents);
    }
  },
};

type VariantPrice = { sku: string; priceCents: number };

async function changedPrices(tx: Transaction, variants: VariantPrice[]): Promise<VariantPrice[]> {
  const { rows } = await tx.query<VariantPrice>(
    `select sku, price_cents as "priceCents" from prices where sku = any($1)`,
    [variants.map(({ sku }) => sku)],
  );
  const known = new Map(rows.map((row) => [row.sku, row.priceCents]));
  return variants.filter(({ sku, priceCents }) => known.get(sku) !== priceCents);
}

async function repriceCarts(tx: Transaction, sku: string, unitPriceCents: number): Promise<void> {
  const { rows } = await tx.query<{ owner_id: string }>(
    "select owner_id from cart_lines where sku = $1 order by owner_id",
    [sku],
  );
  for (const { owner_id } of rows)
    await carts.execute(tx, owner_id, { type: "Reprice", sku, unitPriceCents });
}
