import type {
  newProduct,
  Product,
  productChange,
  stockChange,
  Variant,
} from "@sockshop/contracts/catalog.ts";
import { sku } from "@sockshop/contracts/text.ts";
import { aggregateStore } from "@sockshop/platform/aggregate.ts";
import {
  type Database,
  type Queryable,
  type Transaction,
  withTransaction,
} from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { conflict, notFound, Problem } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import type { SockDesign } from "./illustration.ts";
import { maxOnHand, maxVariants, type ProductCommand, ProductRefused, product } from "./product.ts";
import { available, type ProductEvent, variantOf } from "./product-state.ts";
import { findProduct, products } from "./products.ts";

export const productStore = aggregateStore(product, [products]);

export type NewProduct = z.output<typeof newProduct> & { design?: SockDesign };
export type ProductChange = z.output<typeof productChange>;
type StockChange = z.output<typeof stockChange>;

/** Adds a product and resolves with its id; a slug or sku that is taken is a 409. */
export async function addProduct(tx: Transaction, added: NewProduct): Promise<string> {
  const id = newId();
  const { variants, images, design, slug: wanted, ...facts } = added;
  const slug = await takeSlug(tx, id, added.name, wanted);
  await takeNames(
    tx,
    "sku",
    variants.map(({ sku }) => sku),
    id,
  );
  await execute(tx, id, {
    type: "AddProduct",
    facts: {
      ...facts,
      slug,
      images: images ?? [`/api/catalog/images/${slug}.svg`],
      ...(design && { design }),
    },
    variants,
  });
  return id;
}

/** Changes a product; a sku it does not have yet becomes a new variant. Resolves with whether anything changed. */
export async function changeProduct(tx: Transaction, id: string, change: ProductChange): Promise<boolean> {
  const { variants, ...facts } = change;
  const command: ProductCommand = { type: "ChangeProduct", facts, ...(variants && { variants }) };
  const events = await execute(tx, id, command);
  if (variants)
    await takeNames(
      tx,
      "sku",
      variants.map(({ sku }) => sku),
      id,
    );
  return events.length > 0;
}

export async function retireProduct(tx: Transaction, id: string): Promise<void> {
  await execute(tx, id, { type: "RetireProduct" });
}

/** Receives or writes off stock; resolves with the variant as it is sold now. */
export async function changeStock(tx: Transaction, sku: string, change: StockChange): Promise<Variant> {
  const id = await productOf(tx, "sku", sku);
  if (!id) throw notFound(`The variant ${sku}`);
  await execute(tx, id, { type: "ChangeStock", sku, ...change });
  const variant = variantOf(await productStore.load(tx, id), sku);
  if (!variant) throw notFound(`The variant ${sku}`);
  const { options, priceCents } = variant;
  return { sku, options, priceCents, available: available(variant) };
}

/** The product that bears a name, whatever became of it. */
export async function productOf(
  db: Queryable,
  kind: "sku" | "slug",
  name: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ product_id: string }>(
    "select product_id from product_names where kind = $1 and name = $2",
    [kind, name],
  );
  return rows[0]?.product_id;
}

/** A sku as it came in an address; what cannot be one is a 404. */
export function variantSku(given: unknown): string {
  const found = sku.safeParse(given);
  if (!found.success) throw notFound("The variant");
  return found.data;
}

/** Runs a command in a transaction of its own and answers the product as it is then. */
export async function thenProduct(
  database: Database,
  work: (tx: Transaction) => Promise<string>,
): Promise<Product> {
  return withTransaction(database, async (tx) => {
    const id = await work(tx);
    const found = await findProduct(tx, id);
    if (!found) throw notFound("The product");
    return found;
  });
}

async function execute(tx: Transaction, id: string, command: ProductCommand): Promise<ProductEvent[]> {
  // Only adding begins a stream; a command to an unknown id must not leave an empty one behind.
  if (command.type !== "AddProduct" && (await productStore.load(tx, id)).status === "none")
    throw notFound("The product");
  try {
    return (await productStore.execute(tx, id, command)).events;
  } catch (error) {
    throw error instanceof ProductRefused ? problemOf(error) : error;
  }
}

/** Takes names for a product; resolves with those that another one has. */
async function claimNames(
  tx: Transaction,
  kind: "sku" | "slug",
  names: string[],
  productId: string,
): Promise<string[]> {
  await tx.query(
    `insert into product_names (kind, name, product_id) select $1, name, $3 from unnest($2::text[]) name order by name
     on conflict do nothing`,
    [kind, names, productId],
  );
  const { rows } = await tx.query<{ name: string }>(
    "select name from product_names where kind = $1 and name = any($2) and product_id <> $3 order by name",
    [kind, names, productId],
  );
  return rows.map(({ name }) => name);
}

async function takeNames(tx: Transaction, kind: "sku" | "slug", names: string[], id: string): Promise<void> {
  const taken = await claimNames(tx, kind, names, id);
  if (taken.length === 0) return;
  throw conflict(
    `${kind}-taken`,
    `Another product has the ${kind} ${taken.join(", ")}. Choose another one.`,
    {
      taken,
    },
  );
}

/** The slug that was asked for, or one made from the name that gives way to a product which has it already. */
async function takeSlug(
  tx: Transaction,
  id: string,
  name: string,
  wanted: string | undefined,
): Promise<string> {
  const slug = wanted ?? slugOf(name);
  if (wanted === undefined) {
    if (slug && (await claimNames(tx, "slug", [slug], id)).length === 0) return slug;
    return takeSlug(tx, id, name, `${slug || "product"}-${id.slice(-6)}`);
  }
  await takeNames(tx, "slug", [slug], id);
  return slug;
}

/** A name as it stands in an address; empty when it has no Latin letter or digit. */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 110)
    .replace(/^-+|-+$/g, "");

function problemOf({ refusal, skus }: ProductRefused): Problem {
  const named = skus.join(", ");
  switch (refusal) {
    case "unknown-product":
      return notFound("The product");
    case "unknown-sku":
      return notFound(`The variant ${named}`);
    case "retired":
      return conflict("retired", "The product is retired and cannot be changed any more.");
    case "out-of-stock":
      return conflict("out-of-stock", `There is not enough of ${named}.`, { skus });
    case "below-reserved":
      return conflict(
        "below-reserved",
        `That would leave less of ${named} than orders have reserved. Take away fewer.`,
      );
    case "too-much-stock":
      return conflict("too-much-stock", `No more than ${maxOnHand} units of ${named} can be kept.`);
    case "too-many-variants":
      return conflict("too-many-variants", `A product has at most ${maxVariants} variants.`);
    case "sku-twice":
      return invalid(`The sku ${named} is there twice.`);
    case "price-missing":
      return invalid(`The new variant ${named} needs a priceCents.`);
  }
}

const invalid = (message: string) =>
  new Problem(422, "invalid", message, { extra: { errors: [{ field: "variants", message }] } });
