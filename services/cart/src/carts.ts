import { type Cart, type CartItem, shipping } from "@sockshop/contracts/cart.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import { aggregateStore } from "@sockshop/platform/aggregate.ts";
import type { Queryable, Transaction } from "@sockshop/platform/database.ts";
import { type CartEvent, cart, sameLines } from "./cart.ts";
import { noticesOf, remarksOn } from "./notices.ts";

/** The one currency this shop's carts are kept in; shipping is priced in it too. */
export const currency = "USD";

/** The read model of carts and their lines. */
export const cartsProjection: Projection<CartEvent> = {
  name: "carts",
  tables: ["carts", "cart_lines"],
  project: async (tx, event) => {
    const changed = await projectLines(tx, event.subject, event);
    const joinedTo = event.type === "CartJoinedAccount" ? event.data.accountId : null;
    const leftOut = event.type === "CartLinesLeftOut" ? event.data.skus : [];
    const tells = event.type === "CartLinesLeftOut" || event.type === "CartNoticesSeen";
    await tx.query(
      `insert into carts (owner_id, version, joined_to, left_out) values ($1, $2, $3, $4)
       on conflict (owner_id) do update
       set version = carts.version + $2, joined_to = coalesce($3, carts.joined_to),
           left_out = case when $5 then $4 else carts.left_out end`,
      [event.subject, changed ? 1 : 0, joinedTo, leftOut, tells],
    );
  },
};

export const carts = aggregateStore(cart, [cartsProjection]);

/** Writes what an event does to the lines; resolves with whether lines or prices became others. */
async function projectLines(tx: Transaction, ownerId: string, event: CartEvent): Promise<boolean> {
  switch (event.type) {
    case "CartItemAdded": {
      const { sku, productId, quantity, unitPriceCents } = event.data;
      await tx.query(
        `insert into cart_lines (owner_id, sku, place, product_id, quantity, unit_price_cents, seen_price_cents)
         select $1, $2, coalesce(max(place), 0) + 1, $3, $4, $5, $5 from cart_lines where owner_id = $1`,
        [ownerId, sku, productId, quantity, unitPriceCents],
      );
      return true;
    }
    case "CartItemChanged": {
      const { sku, productId, quantity, unitPriceCents } = event.data;
      await tx.query(
        `update cart_lines set product_id = $3, quantity = $4, unit_price_cents = $5
         where owner_id = $1 and sku = $2`,
        [ownerId, sku, productId, quantity, unitPriceCents],
      );
      return true;
    }
    case "CartItemRemoved":
      await tx.query("delete from cart_lines where owner_id = $1 and sku = $2", [ownerId, event.data.sku]);
      return true;
    case "CartNoticesSeen":
      await tx.query(
        "update cart_lines set seen_price_cents = unit_price_cents, reduced = false where owner_id = $1",
        [ownerId],
      );
      return false;
    case "CartQuantitiesReduced":
      await tx.query("update cart_lines set reduced = true where owner_id = $1 and sku = any($2)", [
        ownerId,
        event.data.skus,
      ]);
      return false;
    case "CartLinesLeftOut":
      return false;
    case "CartMerged":
      return projectMerge(tx, ownerId, event.data.lines);
    case "CartOrdered":
      await projectOrder(tx, ownerId, event.data.lines);
      return event.data.lines.length > 0;
    case "CartJoinedAccount":
      return Boolean((await tx.query("delete from cart_lines where owner_id = $1", [ownerId])).rowCount);
  }
}

type MergedLine = Extract<CartEvent, { type: "CartMerged" }>["data"]["lines"][number];

async function projectMerge(tx: Transaction, ownerId: string, lines: MergedLine[]): Promise<boolean> {
  const before = await tx.query<MergedLine>(
    `select sku, product_id as "productId", quantity, unit_price_cents as "unitPriceCents"
     from cart_lines where owner_id = $1 order by place`,
    [ownerId],
  );
  // Places are numbered anew: the merged lines tell the whole cart in its order.
  await tx.query(
    `insert into cart_lines (owner_id, sku, place, product_id, quantity, unit_price_cents, seen_price_cents)
     select $1, line->>'sku', place, (line->>'productId')::uuid, (line->>'quantity')::int,
            (line->>'unitPriceCents')::int, (line->>'unitPriceCents')::int
     from jsonb_array_elements($2::jsonb) with ordinality as merged(line, place)
     on conflict (owner_id, sku) do update
     set place = excluded.place, quantity = excluded.quantity, unit_price_cents = excluded.unit_price_cents`,
    [ownerId, JSON.stringify(lines)],
  );
  return !sameLines(before.rows, lines);
}

async function projectOrder(tx: Transaction, ownerId: string, left: { sku: string; quantity: number }[]) {
  const taken = [ownerId, JSON.stringify(left)];
  await tx.query(
    `delete from cart_lines using jsonb_to_recordset($2::jsonb) as taken(sku text, quantity int)
     where owner_id = $1 and cart_lines.sku = taken.sku and cart_lines.quantity <= taken.quantity`,
    taken,
  );
  await tx.query(
    `update cart_lines set quantity = cart_lines.quantity - taken.quantity
     from jsonb_to_recordset($2::jsonb) as taken(sku text, quantity int)
     where owner_id = $1 and cart_lines.sku = taken.sku`,
    taken,
  );
}

type Row = {
  version: number;
  left_out: string[] | null;
  sku: string | null;
  product_id: string;
  slug: string | null;
  name: string | null;
  image: string | null;
  options: Record<string, string> | null;
  quantity: number;
  unit_price_cents: number;
  seen_price_cents: number;
  reduced: boolean;
  available: number | null;
  retired: boolean | null;
};

/** The cart as its owner sees it, from this service's own tables alone; an unknown one is empty at version 0. */
export async function readCart(db: Queryable, ownerId: string): Promise<Cart> {
  const { rows } = await db.query<Row>(
    `select c.version,
            (select array_agg(distinct coalesce(p.name, f.name, sku)) from unnest(c.left_out) sku
             left join product_copies p using (sku) left join fetched_products f using (sku)) as left_out,
            l.sku, l.product_id, l.quantity, l.unit_price_cents, l.seen_price_cents, l.reduced,
            coalesce(p.slug, f.slug) as slug, coalesce(p.name, f.name) as name,
            case when p.sku is null then f.image else p.image end as image,
            coalesce(p.options, f.options) as options, coalesce(p.available, f.available) as available,
            coalesce(p.retired, f.retired) as retired
     from carts c
     left join cart_lines l on l.owner_id = c.owner_id
     left join product_copies p on p.sku = l.sku
     left join fetched_products f on f.sku = l.sku
     where c.owner_id = $1 order by l.place`,
    [ownerId],
  );
  const items = rows.flatMap((row) => (row.sku === null ? [] : [itemOf({ ...row, sku: row.sku })]));
  const subtotalCents = items.reduce((sum, item) => sum + item.lineTotalCents, 0);
  const free = items.length === 0 || subtotalCents >= shipping.freeFromCents;
  const shippingCents = free ? 0 : shipping.flatCents;
  return {
    version: rows[0]?.version ?? 0,
    currency,
    items,
    notices: remarksOn(rows[0]?.left_out ?? []),
    subtotalCents,
    shippingCents,
    totalCents: subtotalCents + shippingCents,
  };
}

function itemOf(row: Row & { sku: string }): CartItem {
  const retired = row.retired ?? false;
  const available = retired ? 0 : Math.max(0, row.available ?? 0);
  return {
    sku: row.sku,
    productId: row.product_id,
    slug: row.slug ?? row.sku,
    name: row.name ?? row.sku,
    ...(row.image && { image: row.image }),
    options: row.options ?? {},
    quantity: row.quantity,
    unitPriceCents: row.unit_price_cents,
    lineTotalCents: row.quantity * row.unit_price_cents,
    available,
    notices: noticesOf({
      quantity: row.quantity,
      unitPriceCents: row.unit_price_cents,
      seenPriceCents: row.seen_price_cents,
      reduced: row.reduced,
      available,
      retired,
    }),
  };
}

/** Whose cart now holds what this owner put in: a guest who signed in is followed to the account. */
export async function currentOwner(db: Queryable, ownerId: string): Promise<string> {
  const { rows } = await db.query<{ joined_to: string | null }>(
    "select joined_to from carts where owner_id = $1",
    [ownerId],
  );
  const joinedTo = rows[0]?.joined_to;
  return joinedTo ? currentOwner(db, joinedTo) : ownerId;
}
