import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../platform/test/postgres.ts";
import { type Door, openDoor } from "./door.ts";

const storefront = mkdtempSync(join(tmpdir(), "storefront-"));
const script = `export const socks = ${JSON.stringify(Array.from({ length: 200 }, (_, n) => `sock ${n}`))};`;
const list = JSON.stringify({
  items: Array.from({ length: 100 }, (_, n) => ({ id: n, name: "Warm socks" })),
});
const drawing = `<svg xmlns="http://www.w3.org/2000/svg">${"<path d='M0 0L9 9'/>".repeat(100)}</svg>`;
let door: Door;
beforeAll(async () => {
  mkdirSync(join(storefront, "assets"));
  writeFileSync(join(storefront, "index.html"), "<!doctype html><title>Socks</title>");
  writeFileSync(join(storefront, "assets", "app-1a2b.js"), script);
  writeFileSync(join(storefront, "assets", "font-1a2b.woff2"), Buffer.alloc(4_000, "a"));
  door = await openDoor({ storefront });
});
afterAll(async () => {
  await door.close();
  rmSync(storefront, { recursive: true });
});
beforeEach(() => door.stand.reset());

/** Bytes as they came, which fetch would have unpacked. */
async function get(path: string, headers: Record<string, string> = { "accept-encoding": "gzip, br" }) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request(`${door.address}${path}`, { headers }, resolve).on("error", reject).end(),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) };
}

const answerWith = (body: string, headers: Record<string, string>) =>
  door.stand.answers(({ headers: asked }, res) => {
    if (asked["if-none-match"]?.includes('"1"')) return void res.writeHead(304, { etag: '"1"' }).end();
    res.writeHead(200, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
  });
const products = "/api/catalog/products";
const picture = "/api/catalog/images/warm-socks";

test("scripts, JSON and drawings come compressed as the client likes it best, and say that they vary", async () => {
  const asked = [
    ["/assets/app-1a2b.js", script, "text/javascript"],
    [products, list, "application/json"],
    [picture, drawing, "image/svg+xml"],
  ] as const;
  for (const [path, whole, type] of asked) {
    answerWith(whole, { "content-type": type });
    const brotli = await get(path);
    expect([path, brotli.headers["content-encoding"]]).toEqual([path, "br"]);
    expect(brotli.headers.vary?.toLowerCase()).toContain("accept-encoding");
    expect(brotliDecompressSync(brotli.bytes).toString()).toBe(whole);
    const gzip = await get(path, { "accept-encoding": "gzip" });
    expect(gunzipSync(gzip.bytes).toString()).toBe(whole);
    const plain = await get(path, {});
    expect([path, plain.headers["content-encoding"]]).toEqual([path, undefined]);
    expect(plain.headers.vary?.toLowerCase()).toContain("accept-encoding");
    expect(plain.bytes.toString()).toBe(whole);
  }
});

test("what is small, or is packed already, goes as it is", async () => {
  answerWith("{}", { "content-type": "application/json" });
  for (const path of [products, "/index.html", "/assets/font-1a2b.woff2"])
    expect([path, (await get(path)).headers["content-encoding"]]).toEqual([path, undefined]);
});

test("a part of a file is a part of the plain file", async () => {
  const part = await get("/assets/app-1a2b.js", { "accept-encoding": "gzip", range: "bytes=7-1999" });
  expect(part.status).toBe(206);
  expect(part.headers["content-encoding"]).toBeUndefined();
  expect(part.bytes.toString()).toBe(script.slice(7, 2000));
});

test("who has a compressed answer already is told that it still holds", async () => {
  answerWith(drawing, { "content-type": "image/svg+xml", etag: '"1"' });
  for (const path of [picture, "/assets/app-1a2b.js"]) {
    const first = await get(path);
    const etag = first.headers.etag ?? "";
    expect([path, etag.slice(0, 2)]).toEqual([path, "W/"]);
    const again = await get(path, { "accept-encoding": "gzip, br", "if-none-match": etag });
    expect([path, again.status, again.headers.etag]).toEqual([path, 304, etag]);
    expect(again.headers.vary?.toLowerCase()).toContain("accept-encoding");
    expect(again.bytes).toHaveLength(0);
  }
});

test("events are never held back by a compressor", async () => {
  let source: ServerResponse | undefined;
  door.stand.answers((_heard, res) => {
    source = res;
    res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  const response = await door.visitor().get("/api/orders/1/events", { "accept-encoding": "gzip, br" });
  expect(response.headers.get("content-encoding")).toBeNull();
  const reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader();
  for (const event of [`data: ${"x".repeat(2_000)}\n\n`, "data: y\n\n"]) {
    source?.write(event);
    expect((await reader?.read())?.value).toBe(event);
  }
  await reader?.cancel();
});

test("a compressed answer cut off at its source is cut off for the client, not completed", async () => {
  door.stand.answers((_heard, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.write(list.slice(0, 2_000));
    setImmediate(() => res.destroy());
  });
  await expect(get(products)).rejects.toThrow();
});

test("a client that leaves amid a compressed answer ends the question", async () => {
  let left = false;
  door.stand.answers((_heard, res) => {
    res.once("close", () => (left = true));
    res.writeHead(200, { "content-type": "application/json" });
    res.write(list);
  });
  const answer = await new Promise<IncomingMessage>((resolve) =>
    request(`${door.address}${products}`, { headers: { "accept-encoding": "gzip" } }, resolve).end(),
  );
  answer.destroy();
  await eventually("the question ended", () => left);
});
