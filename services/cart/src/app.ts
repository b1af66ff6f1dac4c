import { addCartItem, setCartItem } from "@sockshop/contracts/cart.ts";
import { sku, uuid } from "@sockshop/contracts/text.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers, identityOf } from "@sockshop/platform/identity.ts";
import { conflict, parse } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { type Express, type Request, Router } from "express";
import { z } from "zod";
import type { ShopperCommand } from "./cart.ts";
import { carts, currency, currentOwner, readCart } from "./carts.ts";
import { holdPrices, priceOf } from "./prices.ts";
import { findProduct, type ProductCopy } from "./products.ts";

type Parts = { database: Database; sidecar: Sidecar };

/** Who joined before these was heard of everywhere long ago. */
const guestsTold = 10;

const skuOf = (req: Request) => parse(z.object({ sku }), req.params).sku;
/** Carts are named by their owner, in the one spelling that events use. */
const ownerOf = (req: Request) => identityOf(req).userId.toLowerCase();

export function cartRoutes(app: Express, parts: Parts): void {
  const { database } = parts;
  const run = async (req: Request, command: ShopperCommand) => {
    await withTransaction(database, (tx) => carts.execute(tx, ownerOf(req), command));
    return readCart(database, ownerOf(req));
  };
  const router = Router();
  router.use(allowCallers("gateway"));
  router.get("/", async (req, res) => void res.json(await readCart(database, ownerOf(req))));
  router.delete("/", async (req, res) => void res.json(await run(req, { type: "Empty" })));
  router.post("/items", jsonBody(), async (req, res) => {
    const ownerId = ownerOf(req);
    await addItem(parts, ownerId, parse(addCartItem, req.body));
    res.json(await readCart(database, ownerId));
  });
  router.put("/items/:sku", jsonBody(), async (req, res) => {
    const { quantity } = parse(setCartItem, req.body);
    res.json(await run(req, { type: "SetQuantity", sku: skuOf(req), quantity }));
  });
  router.delete("/items/:sku", async (req, res) => {
    res.json(await run(req, { type: "RemoveItem", sku: skuOf(req) }));
  });
  app.use("/cart", router);
  app.get("/internal/carts/:ownerId", allowCallers("order"), async (req, res) => {
    const asked = parse(z.object({ ownerId: uuid }), req.params).ownerId;
    res.json(await cartForCheckout(database, asked));
  });
}

async function addItem(parts: Parts, ownerId: string, item: z.infer<typeof addCartItem>): Promise<void> {
  const product = await findProduct(parts, item.sku);
  refuseUnsellable(product);
  await withTransaction(parts.database, async (tx) => {
    await holdPrices(tx);
    const unitPriceCents = await priceOf(tx, product);
    await carts.execute(tx, ownerId, {
      type: "AddItem",
      sku: item.sku,
      productId: product.productId,
      quantity: item.quantity,
      unitPriceCents,
    });
  });
}

function refuseUnsellable(product: ProductCopy): void {
  if (product.retired) throw conflict("retired", `${product.name} is no longer sold.`);
  if (product.available <= 0) throw conflict("out-of-stock", `${product.name} is out of stock just now.`);
  if (product.currency !== currency)
    throw conflict("other-currency", `Carts are kept in ${currency}; this is sold in ${product.currency}.`);
}

async function cartForCheckout(database: Database, asked: string) {
  const ownerId = await currentOwner(database, asked);
  const cart = await readCart(database, ownerId);
  // After the cart, so that whoever joined it before it was read is among them.
  const { guests } = await carts.load(database, ownerId);
  return { ownerId, cart, guests: guests.slice(-guestsTold) };
}
