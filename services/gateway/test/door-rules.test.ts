import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Door, openDoor } from "./door.ts";
import { getRaw } from "./raw-http.ts";

const storefront = mkdtempSync(join(tmpdir(), "storefront-"));
let door: Door;
beforeAll(async () => {
  mkdirSync(join(storefront, "assets"));
  writeFileSync(join(storefront, "index.html"), "<!doctype html><title>Socks</title>");
  writeFileSync(join(storefront, "assets", "app-1a2b.js"), "export {};");
  writeFileSync(join(storefront, "favicon.svg"), "<svg/>");
  door = await openDoor({ storefront });
});
afterAll(async () => {
  await door.close();
  rmSync(storefront, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${door.address}${path}`, { headers });
const html = { accept: "text/html" };

test("a foreign page's requests are refused, and none is home but ours", async () => {
  const foreign = [
    "https://evil.example",
    "null",
    "http://localhost:9999",
    "http://localhost.evil.example:8080",
    "http://localhost:8080.evil.example",
    "ftp://localhost:8080",
    "file://",
    "",
  ];
  for (const origin of foreign) {
    const answer = await getRaw(door.port, "/api/catalog/products", [`origin: ${origin}`]);
    expect([origin, answer.slice(9, 12)]).toEqual([origin, "403"]);
    expect(answer).toContain("urn:sockshop:problem:foreign-origin");
  }
  const home = [
    "http://localhost:8080",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    `http://localhost:${door.port}`,
    `http://127.0.0.1:${door.port}`,
  ];
  for (const origin of home)
    expect([origin, (await get("/api/catalog/products", { origin })).status]).toEqual([origin, 200]);
  expect((await get("/api/catalog/products")).status).toBe(200);
});

test("a page of another name that resolves to this machine is foreign, although its Host is its own", async () => {
  const answer = await getRaw(door.port, "/api/catalog/products", [
    "origin: http://evil.example",
    "host: evil.example",
  ]);
  expect(answer.slice(9, 12)).not.toBe("200");
});

test("a public address is home, and localhost is then only for whoever asks localhost", async () => {
  const shop = await openDoor({ publicUrl: "https://shop.example" });
  const ask = async (origin: string) =>
    (await getRaw(shop.port, "/api/catalog/products", [`origin: ${origin}`])).slice(9, 12);
  expect(await ask("https://shop.example")).toBe("200");
  expect(await ask("http://shop.example")).toBe("403");
  expect(await ask("https://localhost:8443")).toBe("403");
  await shop.close();
});

test("one address gets so many requests a minute, and the shop's health is always told", async () => {
  const narrow = await openDoor({ perMinute: 3 });
  const ask = (path: string) =>
    fetch(`${narrow.address}${path}`, { headers: { "x-forwarded-for": String(Math.random()) } });
  const statuses: number[] = [];
  for (let round = 0; round < 5; round += 1) statuses.push((await ask("/api/catalog/products")).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await ask("/api/nowhere");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("content-type")).toContain("application/problem+json");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await ask("/api/health")).status).toBe(200);
  await narrow.close();
});

test("one address signs up a tenth as often as it may ask, whatever it is told, and begins a third as many guests", async () => {
  const narrow = await openDoor({ perMinute: 30 });
  const signUps: number[] = [];
  for (const email of ["a@example.com", "a@example.com", "b@example.com", "c@example.com"])
    signUps.push((await narrow.visitor().signUp(email)).status);
  expect(signUps).toEqual([200, 409, 200, 429]);
  const returning = narrow.visitor();
  const guests: number[] = [(await returning.get("/api/cart")).status];
  for (let n = 1; n < 11; n += 1) guests.push((await narrow.visitor().get("/api/cart")).status);
  expect(guests).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
  expect((await returning.get("/api/cart")).status).toBe(200);
  const refused = await narrow.visitor().signUp("d@example.com");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ type: "urn:sockshop:problem:too-many-requests" });
  const { rows } = await narrow.database.query("select email from users where not is_anonymous");
  expect(rows).toHaveLength(2);
  await narrow.close();
});

test("behind a proxy of ours requests count by the address that it names, whatever the client wrote before it", async () => {
  const narrow = await openDoor({ perMinute: 2, trustedProxies: 1 });
  let forged = 0;
  const ask = async (client: string) => {
    const forwarded = `10.0.0.${++forged}, ${client}`;
    const headers = { "x-forwarded-for": forwarded };
    return (await fetch(`${narrow.address}/api/catalog/products`, { headers })).status;
  };
  for (const status of [200, 200, 429]) expect(await ask("203.0.113.7")).toBe(status);
  expect(await ask("203.0.113.8")).toBe(200);
  await narrow.close();
});

test("pictures do not use up the requests of an address, and have a wide limit of their own", async () => {
  const narrow = await openDoor({ perMinute: 2 });
  const statusOf = async (path: string) => (await fetch(`${narrow.address}${path}`)).status;
  const pictures = await Promise.all(
    Array.from({ length: 41 }, (_, n) => statusOf(`/api/catalog/images/sock-${n}?colour=navy`)),
  );
  expect(pictures.filter((status) => status === 200)).toHaveLength(40);
  expect(pictures.filter((status) => status === 429)).toHaveLength(1);
  for (const status of [200, 200, 429]) expect(await statusOf("/api/catalog/products")).toBe(status);
  for (const path of ["/api/catalog/images", "/api/catalog/%69mages/x"])
    expect([path, await statusOf(path)]).toEqual([path, 429]);
  await narrow.close();
});

test("the shop is ready when every service is, and otherwise says which is missing", async () => {
  const shop = await openDoor();
  shop.stand.answers(({ url }, res) => void res.writeHead(url.includes("/payment/") ? 503 : 200).end());
  const missing = await fetch(`${shop.address}/api/health`);
  expect(missing.status).toBe(503);
  expect(Number(missing.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await missing.json()).toMatchObject({ missing: ["payment"], status: 503 });
  await shop.close();
  const ready = await get("/api/health");
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: "ready" });
});

test("pages come with a policy that lets nothing foreign run", async () => {
  const answer = await get("/", html);
  const policy = answer.headers.get("content-security-policy") ?? "";
  for (const rule of ["default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'"])
    expect(policy).toContain(rule);
  expect(policy).not.toContain("upgrade-insecure-requests");
  expect(answer.headers.get("strict-transport-security")).toBeNull();
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("x-powered-by")).toBeNull();
});

test("hashed assets are kept for ever, pages are asked for again", async () => {
  const asset = await get("/assets/app-1a2b.js");
  expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(asset.headers.get("content-type")).toContain("javascript");
  for (const path of ["/", "/products/warm-socks", "/index.html"]) {
    const page = await get(path, html);
    expect([path, page.status, page.headers.get("cache-control")]).toEqual([path, 200, "no-cache"]);
    expect(await page.text()).toContain("Socks");
  }
  expect((await get("/favicon.svg")).headers.get("cache-control")).toBe("no-cache");
});

test("what is not a page is not answered with one", async () => {
  expect((await get("/assets/gone.js", html)).status).toBe(404);
  expect((await get("/api/nowhere", html)).status).toBe(404);
  expect((await get("/nowhere.json", { accept: "application/json" })).status).toBe(404);
  expect((await get("/internal/orders/1", html)).status).toBe(404);
  expect((await get("/v1.0/invoke/order/method/orders", html)).status).toBe(404);
  expect((await fetch(`${door.address}/`, { method: "POST", headers: html })).status).toBe(404);
  for (const path of ["/../package.json", "/%2e%2e/package.json", "/assets/..%2f..%2fpackage.json"])
    expect(await getRaw(door.port, path)).not.toContain('sockshop"');
});

test("a storefront that was not built says what to do", async () => {
  const bare = await openDoor();
  const page = await fetch(bare.address, { headers: html });
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("npm run build");
  await bare.close();
});

test("the description is OpenAPI 3.1 with every route, and its page asks no other host", async () => {
  const document = (await (await get("/api/openapi.json")).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { parameters?: object[]; responses: object }>>;
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/api/catalog/products/{idOrSlug}",
      "/api/orders",
      "/api/auth/sign-in/email",
      "/api/health",
    ]),
  );
  expect(document.paths["/api/catalog/images/{slug}"]?.get?.parameters).toContainEqual(
    expect.objectContaining({ in: "query", name: "colour" }),
  );
  expect(document.paths["/api/orders"]?.post?.responses).toHaveProperty("202");
  expect(document.paths["/api/orders"]?.post?.responses).toHaveProperty("409");
  const page = await (await get("/api/docs")).text();
  const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
  const parts = addresses.filter((address) => address !== "/favicon.svg");
  expect(parts).toHaveLength(3);
  for (const part of parts) {
    expect(part).toMatch(/^\/api\/docs\//);
    expect((await get(part)).status).toBe(200);
  }
  expect((await get("/api/docs/package.json")).status).toBe(404);
});
