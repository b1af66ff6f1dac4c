import {
  newProduct,
  pictureQuery,
  productChange,
  productQuery,
  stockChange,
} from "@sockshop/contracts/catalog.ts";
import { uuid } from "@sockshop/contracts/text.ts";
import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers, requireRole } from "@sockshop/platform/identity.ts";
import { notFound, Problem, parse } from "@sockshop/platform/problem.ts";
import express, { type Express, Router } from "express";
import { drawProduct } from "./drawing.ts";
import { stockRoutes, variantRoutes } from "./internal-routes.ts";
import {
  addProduct,
  changeProduct,
  changeStock,
  retireProduct,
  thenProduct,
  variantSku,
} from "./product-commands.ts";
import { importProducts } from "./product-import.ts";
import { listProducts } from "./product-search.ts";
import { findDrawn, findProduct } from "./products.ts";

export type CatalogParts = {
  database: Database;
  /** How long stock is held for an order that is not paid. */
  reservationMinutes: number;
};

export function catalogRoutes(app: Express, { database, reservationMinutes }: CatalogParts): void {
  app.use("/catalog", allowCallers("gateway"), shopperRoutes(database), adminRoutes(database));
  app.use("/internal/stock", stockRoutes(database, reservationMinutes));
  app.use("/internal/variants", variantRoutes(database));
}

function shopperRoutes(database: Database): Router {
  const router = Router();
  router.get("/products", async (req, res) => {
    res.json(await listProducts(database, parse(productQuery, req.query)));
  });
  router.get("/products/:idOrSlug", async (req, res) => {
    const product = await findProduct(database, req.params.idOrSlug);
    if (product?.status !== "active") throw notFound("The product");
    res.json(product);
  });
  router.get("/images/:slug", async (req, res) => {
    const { colour } = parse(pictureQuery, req.query);
    const product = await findDrawn(database, req.params.slug.replace(/\.svg$/, ""));
    if (!product) throw notFound("The picture");
    const { svg, etag } = drawProduct(product, colour);
    res.set({ etag, "cache-control": "public, max-age=86400, stale-while-revalidate=604800" });
    if (req.headers["if-none-match"]?.includes(etag)) res.status(304).end();
    else res.type("image/svg+xml").send(svg);
  });
  return router;
}

function adminRoutes(database: Database): Router {
  const router = Router();
  router.use(requireRole("admin"));
  const body = jsonBody();
  router.post("/products", body, async (req, res) => {
    const added = parse(newProduct, req.body);
    const product = await thenProduct(database, (tx) => addProduct(tx, added));
    res.status(201).location(`/api/catalog/products/${product.id}`).json(product);
  });
  router.patch("/products/:id", body, async (req, res) => {
    const id = productId(req.params.id);
    const change = parse(productChange, req.body);
    const product = await thenProduct(database, async (tx) => {
      await changeProduct(tx, id, change);
      return id;
    });
    res.json(product);
  });
  router.delete("/products/:id", async (req, res) => {
    const id = productId(req.params.id);
    await withTransaction(database, (tx) => retireProduct(tx, id));
    res.status(204).end();
  });
  router.post("/variants/:sku/stock", body, async (req, res) => {
    const sku = variantSku(req.params.sku);
    const change = parse(stockChange, req.body);
    res.json(await withTransaction(database, (tx) => changeStock(tx, sku, change)));
  });
  router.post("/import", express.raw({ type: "text/csv", limit: "1mb" }), async (req, res) => {
    res.json(await importProducts(database, csvOf(req.body)));
  });
  return router;
}

function productId(given: unknown): string {
  const id = uuid.safeParse(given);
  if (!id.success) throw notFound("The product");
  return id.data;
}

function csvOf(body: unknown): string {
  if (!Buffer.isBuffer(body)) throw new Problem(415, "unsupported-media-type", "Send the file as text/csv.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, "malformed-text", "The file is not UTF-8.");
  }
}
