import {
  newProduct,
  productChange,
  productQuery,
  reserveStock as reserveSchema,
  stockChange,
  stockOperation,
} from "@sockshop/contracts/catalog.ts";
import { optionalText, sku, uuid } from "@sockshop/contracts/text.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers, requireRole } from "@sockshop/platform/identity.ts";
import { notFound, Problem, parse } from "@sockshop/platform/problem.ts";
import { aboutOrder } from "@sockshop/platform/request-context.ts";
import express, { type Express, Router } from "express";
import { z } from "zod";
import { drawProduct } from "./drawing.ts";
import { addProduct, changeProduct, changeStock, retireProduct, thenProduct } from "./product-commands.ts";
import { importProducts } from "./product-import.ts";
import { listProducts } from "./product-search.ts";
import { findDrawn, findProduct } from "./products.ts";
import { commitStock, releaseStock, reserveStock, returnStock } from "./stock-operations.ts";

export type CatalogParts = {
  database: Database;
  /** How long stock is held for an order that is not paid. */
  reservationMinutes: number;
};

/** What shoppers see and administrators change, for the gateway alone, and the checkout's stock operations, for the order service alone. */
export function catalogRoutes(app: Express, parts: CatalogParts): void {
  app.use("/catalog", publicRoutes(parts));
  app.use("/internal/stock", stockRoutes(parts));
}

function publicRoutes({ database }: CatalogParts): Router {
  const router = Router();
  router.use(allowCallers("gateway"));
  const admin = requireRole("admin");
  const body = jsonBody();
  router.get("/products", async (req, res) => {
    res.json(await listProducts(database, parse(productQuery, req.query)));
  });
  router.get("/products/:idOrSlug", async (req, res) => {
    const product = await findProduct(database, req.params.idOrSlug);
    if (product?.status !== "active") throw notFound("The product");
    res.json(product);
  });
  router.get("/images/:slug", async (req, res) => {
    const { colour } = parse(imageQuery, req.query);
    const product = await findDrawn(database, req.params.slug.replace(/\.svg$/, ""));
    if (!product) throw notFound("The picture");
    const { svg, etag } = drawProduct(product, colour);
    res.set({ etag, "cache-control": "public, max-age=86400, stale-while-revalidate=604800" });
    if (req.headers["if-none-match"]?.includes(etag)) res.status(304).end();
    else res.type("image/svg+xml").send(svg);
  });
  router.post("/products", admin, body, async (req, res) => {
    const added = parse(newProduct, req.body);
    const product = await thenProduct(database, (tx) => addProduct(tx, added));
    res.status(201).location(`/api/catalog/products/${product.id}`).json(product);
  });
  router.patch("/products/:id", admin, body, async (req, res) => {
    const id = productId(req.params.id);
    const change = parse(productChange, req.body);
    res.json(
      await thenProduct(database, async (tx) => {
        await changeProduct(tx, id, change);
        return id;
      }),
    );
  });
  router.delete("/products/:id", admin, async (req, res) => {
    const id = productId(req.params.id);
    await withTransaction(database, (tx) => retireProduct(tx, id));
    res.status(204).end();
  });
  router.post("/variants/:sku/stock", admin, body, async (req, res) => {
    const variant = sku.safeParse(req.params.sku);
    if (!variant.success) throw notFound("The variant");
    const change = parse(stockChange, req.body);
    res.json(await withTransaction(database, (tx) => changeStock(tx, variant.data, change)));
  });
  router.post("/import", admin, express.raw({ type: "text/csv", limit: "1mb" }), async (req, res) => {
    res.json(await importProducts(database, csvOf(req.body)));
  });
  return router;
}

function stockRoutes({ database, reservationMinutes }: CatalogParts): Router {
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

const imageQuery = z.object({ colour: optionalText(80).optional() });

function csvOf(body: unknown): string {
  if (!Buffer.isBuffer(body)) throw new Problem(415, "unsupported-media-type", "Send the file as text/csv.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, "malformed-text", "The file is not UTF-8.");
  }
}

function productId(given: unknown): string {
  const id = uuid.safeParse(given);
  if (!id.success) throw notFound("The product");
  return id.data;
}
