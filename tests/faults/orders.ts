import type { Order } from "@sockshop/contracts/order.ts";
import { inDatabase } from "../shop-state.ts";
import { eventually, fillCart, placeOrder, type Shopper } from "../shopper.ts";

/** Fills a cart and sends one order, the same each time, until it is taken: while a part is away a 503 is the right answer. */
export async function orderUntilTaken(shopper: Shopper, sku: string, withinMs = 60_000): Promise<string> {
  const key = crypto.randomUUID();
  let cart = { version: 0 };
  let id = "";
  const fill = async () => {
    cart = await fillCart(shopper, sku);
    return true;
  };
  const order = async () => {
    const { status, body } = await placeOrder(shopper, cart, "tok_visa", key);
    if (status !== 202) throw new Error(`the order was answered ${status}: ${JSON.stringify(body)}`);
    id = body.id;
    return true;
  };
  await eventually("the cart was filled", fill, withinMs);
  await eventually("the order was taken", order, withinMs);
  return id;
}

/** How many units these orders are for: a cart that was filled again, since no answer came, holds two and not one. */
export const unitsIn = (orders: Order[]): number =>
  orders.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0);

/** How many units of a product the catalogue says it sold and can sell. */
export async function stockOf(productId: string): Promise<{ available: number; sold: number }> {
  const [row] = await inDatabase<{ available: number; sold: number }>(
    "catalog",
    "select available::int, sold::int from product_stock where product_id = $1",
    [productId],
  );
  return row ?? { available: 0, sold: 0 };
}

/** How often a checkout of these orders had to be begun anew, by the number of its last run. */
export async function generationsOf(ids: string[]): Promise<number[]> {
  const rows = await inDatabase<{ generation: number }>(
    "order",
    "select distinct generation from sagas where order_id = any($1) order by 1",
    [ids],
  );
  return rows.map(({ generation }) => generation);
}
