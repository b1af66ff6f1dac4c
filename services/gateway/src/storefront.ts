import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type Request, type RequestHandler, Router } from "express";

/** Serves the built storefront: hashed assets for ever, pages fresh, and its index for every address of its own. */
export function storefront(directory: string): Router {
  const router = Router();
  router.use(
    "/assets",
    express.static(join(directory, "assets"), { immutable: true, maxAge: "1y", index: false }),
  );
  router.use(express.static(directory, { index: false, cacheControl: false, setHeaders: revalidate }));
  router.use(pages(directory));
  return router;
}

const revalidate = (res: { setHeader: (name: string, value: string) => unknown }) =>
  void res.setHeader("cache-control", "no-cache");

function pages(directory: string): RequestHandler {
  const index = join(directory, "index.html");
  return (req, res, next) => {
    if (!asksForPage(req)) return next();
    revalidate(res);
    if (existsSync(index)) res.sendFile(index, { cacheControl: false });
    else res.status(503).setHeader("retry-after", "10").type("html").send(notBuilt);
  };
}

/** Addresses of the storefront's own are pages; what names a part of our machinery never is one, so that it is plainly not there. */
function asksForPage({ method, path, headers }: Request): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (path === "/") return true;
  return (headers.accept ?? "").includes("text/html") && !reserved.test(path);
}

const reserved = /^\/(api|assets|dapr|events|internal|metrics|v1\.0)(\/|$)/i;

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SockShop: the storefront is not built</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1.5rem}code{background:#8882;padding:.1em .3em}</style>
<h1>The storefront is not built yet</h1>
<p>The API runs. To build the pages, run <code>npm run build -w frontend</code> in the repository and load this page again;
<code>npm start</code> does so by itself.</p>
<p>What the API offers: <a href="/api/docs">/api/docs</a>. Whether every service is up: <a href="/api/health">/api/health</a>.</p>
</html>
`;
