import { lowStock, productEvents } from "@sockshop/contracts/catalog.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import type { Consumer } from "@sockshop/platform/inbox.ts";
import { z } from "zod";

const stockNow = z.object({ sku: z.string(), available: z.int() });

/** What ran low and has not been filled up since, with the names of products. */
export const lowStockConsumer: Consumer = {
  name: "low-stock",
  topics: ["product-events"],
  tables: ["low_stock", "product_names"],
  async handle(tx, { type, subject, data }) {
    switch (type) {
      case "ProductAdded":
      case "ProductChanged":
        return rename(tx, subject, productEvents.ProductChanged.parse(data).name);
      case "ProductRetired":
        await tx.query("delete from low_stock where product_id = $1", [subject]);
        return;
      case "StockRanLow":
        return runLow(tx, subject, productEvents.StockRanLow.parse(data));
      case "StockReceived":
      case "StockReserved":
      case "StockReleased":
      case "StockCommitted":
      case "StockReturned":
        return change(tx, stockNow.parse(data));
    }
  },
};

async function rename(tx: Transaction, productId: string, name: string): Promise<void> {
  await tx.query(
    `insert into product_names (product_id, name) values ($1, $2)
     on conflict (product_id) do update set name = excluded.name`,
    [productId, name],
  );
}

async function runLow(
  tx: Transaction,
  productId: string,
  { sku, available }: { sku: string; available: number },
): Promise<void> {
  await tx.query(
    `insert into low_stock (sku, product_id, available) values ($1, $2, $3)
     on conflict (sku) do update set available = excluded.available, product_id = excluded.product_id`,
    [sku, productId, available],
  );
}

async function change(tx: Transaction, { sku, available }: { sku: string; available: number }) {
  if (available >= lowStock) await tx.query("delete from low_stock where sku = $1", [sku]);
  else await tx.query("update low_stock set available = $2 where sku = $1", [sku, available]);
}

export async function listLowStock(
  db: Queryable,
): Promise<{ sku: string; name: string; available: number }[]> {
  const { rows } = await db.query<{ sku: string; name: string; available: number }>(
    `select l.sku, coalesce(n.name, 'a product') as name, l.available
     from low_stock l left join product_names n using (product_id) order by l.sku`,
  );
  return rows;
}
