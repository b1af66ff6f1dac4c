import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { notFound } from "@sockshop/platform/problem.ts";
import type { Response } from "express";

const assets = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SockShop API</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<div id="page"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</html>
`;
// A file and not a line in the page: our policy runs no inline script. No validator: it would be another host.
const start = `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null });\n`;

const parts: Record<string, { type: string; read: () => string | Buffer }> = {
  "start.js": { type: "text/javascript", read: () => start },
  "swagger-ui-bundle.js": {
    type: "text/javascript",
    read: () => readFileSync(join(assets, "swagger-ui-bundle.js")),
  },
  "swagger-ui.css": { type: "text/css", read: () => readFileSync(join(assets, "swagger-ui.css")) },
};

/** Sends the browsable description; every part of it comes from here, since our policy allows no other host. */
export function sendDocsPage(res: Response): void {
  res.type("html").send(page);
}

export function sendDocsPart(res: Response, file: string): void {
  const part = Object.hasOwn(parts, file) ? parts[file] : undefined;
  if (!part) throw notFound("The file");
  res.type(part.type).setHeader("cache-control", "public, max-age=3600").send(part.read());
}
