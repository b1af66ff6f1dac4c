import { productEvents } from "@sockshop/contracts/catalog.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Background } from "@sockshop/platform/service.ts";
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

const channel = "repricings";

/** Takes over new prices for what is added from now on; `repriceSome` brings them to the carts that hold the variant. */
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
      // An update waits for whoever works on the row and may be about to delete it; doing nothing would not.
      await tx.query(
        "insert into repricings (sku) values ($1) on conflict (sku) do update set sku = excluded.sku",
        [sku],
      );
    }
    await tx.query("select pg_notify($1, '')", [channel]);
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

/** Brings new prices to all carts that show old ones, some at a time, so that none is locked for long. */
export function startRepricing(database: Database, notifications: Notifications, log: Log): Background {
  const loop = startLoop({ name: "repricing of carts", everyMs: 5_000, log }, async () => {
    while (await repriceSome(database));
  });
  const unsubscribe = notifications.subscribe(channel, loop.wake);
  return {
    stop() {
      unsubscribe();
      return loop.stop();
    },
  };
}

/** Resolves with whether there was anything to do; a variant is done when no cart shows another price. */
export async function repriceSome(database: Database, atOnce = 100): Promise<boolean> {
  return withTransaction(database, async (tx) => {
    const due = await tx.query<VariantPrice>(
      `select sku, price_cents as "priceCents" from repricings join prices using (sku)
       order by sku limit 1 for update of repricings skip locked`,
    );
    if (!due.rows[0]) return false;
    const { sku, priceCents: unitPriceCents } = due.rows[0];
    const { rows } = await tx.query<{ owner_id: string }>(
      "select owner_id from cart_lines where sku = $1 and unit_price_cents <> $2 order by owner_id limit $3",
      [sku, unitPriceCents, atOnce],
    );
    for (const { owner_id } of rows)
      await carts.execute(tx, owner_id, { type: "Reprice", sku, unitPriceCents });
    if (rows.length === 0) await tx.query("delete from repricings where sku = $1", [sku]);
    return true;
  });
}
