import { newProduct } from "@sockshop/contracts/catalog.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import type { z } from "zod";
import type { SockDesign } from "./illustration.ts";
import { addProduct } from "./product-commands.ts";

/** A product as the shop opens with it. */
export type SeedProduct = z.input<typeof newProduct> & { design?: SockDesign };

/**
 * Fills an empty catalogue through the aggregate, so that everyone who copies products hears of them; all or nothing, and
 * nothing in a catalogue that has ever had a product. Resolves with how many were added.
 */
export function seedCatalogue(database: Database, seeds: readonly SeedProduct[]): Promise<number> {
  return withTransaction(database, async (tx) => {
    // Two instances that start together must not both seed.
    await tx.query("select pg_advisory_xact_lock(hashtext('seeding'))");
    const { rowCount } = await tx.query("select 1 from product_names limit 1");
    if (rowCount) return 0;
    for (const { design, ...seed } of byTurns(seeds))
      await addProduct(tx, { ...newProduct.parse(seed), ...(design && { design }) });
    return seeds.length;
  });
}

/** One of each category after the other: nothing is popular yet, and the first page should show the whole shop. */
function byTurns(seeds: readonly SeedProduct[]): SeedProduct[] {
  const counts = new Map<string, number>();
  const turns = seeds.map((seed) => {
    const turn = counts.get(seed.category) ?? 0;
    counts.set(seed.category, turn + 1);
    return { seed, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ seed }) => seed);
}
