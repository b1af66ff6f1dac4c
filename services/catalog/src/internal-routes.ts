import { reserveStock as reserveSchema, stockOperation } from "@sockshop/contracts/catalog.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers } from "@sockshop/platform/identity.ts";
import { notFound, parse } from "@sockshop/platform/problem.ts";
import { aboutOrder } from "@sockshop/platform/request-context.ts";
import { Router } from "express";
import { productOf, variantSku } from "./product-commands.ts";
import { findProduct } from "./products.ts";
import { commitStock, releaseStock, reserveStock, returnStock } from "./stock-operations.ts";

/** The checkout's stock operations, for the order service alone; a refusal is an outcome and no problem. */
export function stockRoutes(database: Database, reservationMinutes: number): Router {
  const router = Router();
  router.use(allowCallers("order"), jsonBody());
  router.post("/reserve", async (req, res) => {
    const command = parse(reserveSchema, req.body);
    aboutOrder(command.orderId);
    res.json(await reserveStock(database, command, reservationMinutes));
  });
  const operations = { commit: commitStock, release: releaseStock, return: returnStock };
  for (const [name, operation] of Object.entries(operations)) {
    router.post(`/${name}`, async (req, res) => {
      const command = parse(stockOperation, req.body);
      aboutOrder(command.orderId);
      res.json(await operation(database, command));
    });
  }
  return router;
}

/** The product of a variant that a cart has not heard of yet, whatever became of it. */
export function variantRoutes(database: Database): Router {
  const router = Router();
  router.get("/:sku", allowCallers("cart"), async (req, res) => {
    const id = await productOf(database, "sku", variantSku(req.params.sku));
    const product = id && (await findProduct(database, id));
    if (!product) throw notFound("The variant");
    res.json({ ...product, productId: product.id });
  });
  return router;
}
