import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Product } from "@sockshop/contracts/catalog.ts";
import { productEvents, product as productSchema } from "@sockshop/contracts/catalog.ts";
import type { Config } from "@sockshop/platform/config.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { createApp } from "@sockshop/platform/http.ts";
import { identitySigner } from "@sockshop/platform/identity.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { createMetrics } from "@sockshop/platform/metrics.ts";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { testDatabase } from "../../platform/test/postgres.ts";
import { catalogRoutes } from "../src/app.ts";
import { aProduct } from "./a-product.ts";

let database: Database;
let drop: () => Promise<void>;
let server: Server;
let base: string;
let sign: Awaited<ReturnType<typeof identitySigner>>;

beforeAll(async () => {
  ({ database, drop } = await testDatabase(new URL("../migrations/", import.meta.url)));
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  sign = await identitySigner(await exportJWK(pair.privateKey));
  const config = {
    appId: "catalog",
    appApiToken: "secret",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "silent",
  } as unknown as Config;
  const app = createApp({
    config,
    log: createLog(config),
    metrics: createMetrics("catalog"),
    readiness: async () => [],
    routes: (express) => catalogRoutes(express, { database, reservationMinutes: 15 }),
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await drop();
});

type Call = {
  as?: "admin" | "customer";
  from?: string | null;
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
};
const call = async (method: string, path: string, { as, from = "gateway", body, type, headers }: Call = {}) =>
  fetch(base + path, {
    method,
    headers: {
      "dapr-api-token": "secret",
      ...(from !== null && { "dapr-caller-app-id": from }),
      ...(as && { authorization: `Bearer ${await sign({ userId: newId(), role: as }, "catalog")}` }),
      ...(body !== undefined && { "content-type": type ?? "application/json" }),
      ...headers,
    },
    ...(body !== undefined && {
      body:
        typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
    }),
  });
const admin = (method: string, path: string, body?: unknown, type?: string) =>
  call(method, path, { as: "admin", ...(body !== undefined && { body }), ...(type && { type }) });
const skuNumber = { next: 0 };
const freshSku = () => `APP-${++skuNumber.next}`;
const create = async (different: Parameters<typeof aProduct>[0] = {}) => {
  const variants = [{ sku: freshSku(), options: { colour: "Navy" }, priceCents: 900, stock: 5 }];
  const answer = await admin("POST", "/catalog/products", aProduct({ variants, ...different }));
  expect(answer.status).toBe(201);
  return productSchema.parse(await answer.json());
};
const skuOf = (product: Product) => product.variants[0]?.sku ?? "";

const adminRoutes = [
  ["POST", "/catalog/products"],
  ["PATCH", `/catalog/products/${newId()}`],
  ["DELETE", `/catalog/products/${newId()}`],
  ["POST", "/catalog/variants/X/stock"],
  ["POST", "/catalog/import"],
] as const;
const stockRoutes = ["reserve", "commit", "release", "return"].map((name) => `/internal/stock/${name}`);

test("an administrator's routes answer no guest, no customer and no other service", async () => {
  for (const [method, path] of adminRoutes) {
    expect([path, (await call(method, path)).status]).toEqual([path, 401]);
    expect([path, (await call(method, path, { as: "customer" })).status]).toEqual([path, 403]);
    for (const from of ["order", "gateway, order", null])
      expect([path, from, (await call(method, path, { as: "admin", from })).status]).toEqual([
        path,
        from,
        403,
      ]);
  }
});

test("stock operations answer the order service alone, an administrator through the gateway neither", async () => {
  for (const path of stockRoutes) {
    const body = { orderId: newId(), generation: 1 };
    for (const from of ["gateway", "cart", "order, cart", null])
      expect([path, from, (await call("POST", path, { as: "admin", from, body })).status]).toEqual([
        path,
        from,
        403,
      ]);
  }
  expect((await call("GET", "/catalog/products", { from: "cart" })).status).toBe(403);
});

test("a product is added, shown, changed and retired", async () => {
  const product = await create({ name: "Début d'été" });
  expect(product).toMatchObject({ slug: "debut-d-ete", status: "active", available: 5, priceCents: 900 });
  const changed = await admin("PATCH", `/catalog/products/${product.id}`, {
    name: "Summer",
    variants: [{ sku: skuOf(product), priceCents: 800 }],
  });
  expect(await changed.json()).toMatchObject({
    name: "Summer",
    slug: "debut-d-ete",
    priceCents: 800,
    available: 5,
  });
  const shown = await call("GET", "/catalog/products/debut-d-ete");
  expect(await shown.json()).toMatchObject({ id: product.id, name: "Summer" });
  for (let repeat = 0; repeat < 2; repeat++)
    expect((await admin("DELETE", `/catalog/products/${product.id}`)).status).toBe(204);
  expect((await call("GET", `/catalog/products/${product.id}`)).status).toBe(404);
  expect((await admin("PATCH", `/catalog/products/${product.id}`, { name: "Winter" })).status).toBe(409);
  expect((await call("GET", `/catalog/images/${product.slug}.svg`)).status).toBe(200);
});

test("a name that is taken is a 409 that says which, and a slug that nobody asked for gives way", async () => {
  const [first, second] = [await create({ name: "Twins" }), await create({ name: "Twins" })];
  expect(second.slug).toMatch(/^twins-[0-9a-f]{6}$/);
  const sameSlug = await admin(
    "POST",
    "/catalog/products",
    aProduct({ slug: "twins", variants: [{ sku: freshSku(), priceCents: 1 }] }),
  );
  expect([sameSlug.status, await sameSlug.json()]).toMatchObject([
    409,
    { type: "urn:sockshop:problem:slug-taken" },
  ]);
  const taken = { variants: [{ sku: skuOf(first), priceCents: 1 }] };
  for (const answer of [
    await admin("POST", "/catalog/products", aProduct({ name: "Third", ...taken })),
    await admin("PATCH", `/catalog/products/${second.id}`, taken),
  ])
    expect([answer.status, await answer.json()]).toMatchObject([
      409,
      { type: "urn:sockshop:problem:sku-taken", taken: [skuOf(first)] },
    ]);
  expect((await call("GET", "/catalog/products/third")).status).toBe(404);
});

test("products of one name that are added at once all get a slug of their own", async () => {
  const same = await Promise.all(Array.from({ length: 8 }, () => create({ name: "Octuplets" })));
  expect(new Set(same.map(({ slug }) => slug)).size).toBe(8);
  expect((await create({ name: "靴下" })).slug).toMatch(/^product-[0-9a-f]{6}$/);
});

test("one sku asked for by many at once goes to one product", async () => {
  const variants = [{ sku: freshSku(), priceCents: 100 }];
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      admin("POST", "/catalog/products", aProduct({ name: `Rush ${index}`, variants })),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
});

test("stock is received and written off down to what orders hold", async () => {
  const product = await create();
  const path = `/catalog/variants/${skuOf(product)}/stock`;
  const line = { sku: skuOf(product), productId: product.id, quantity: 2, seenPriceCents: 900 };
  const reserved = await call("POST", "/internal/stock/reserve", {
    from: "order",
    body: { orderId: newId(), generation: 1, lines: [line] },
  });
  expect([reserved.status, await reserved.json()]).toEqual([200, { status: "done" }]);
  expect(await (await admin("POST", path, { change: 4, reason: "delivery" })).json()).toMatchObject({
    sku: skuOf(product),
    available: 7,
  });
  expect((await admin("POST", path, { change: -8, reason: "moths" })).status).toBe(409);
  expect((await admin("POST", "/catalog/variants/NOBODYS/stock", { change: 1, reason: "x" })).status).toBe(
    404,
  );
});

test("a refusal of stock is an answer, and only a wrong call is a problem", async () => {
  const post = async (name: string, body: unknown) =>
    call("POST", `/internal/stock/${name}`, { from: "order", body });
  const orderId = newId();
  const line = { sku: "NOBODYS", productId: newId(), quantity: Number.MAX_SAFE_INTEGER, seenPriceCents: 900 };
  const reserved = await post("reserve", {
    orderId,
    generation: Number.MAX_SAFE_INTEGER,
    lines: Array.from({ length: 50 }, () => line),
  });
  expect([reserved.status, await reserved.json()]).toMatchObject([
    200,
    { status: "refused", reason: "out-of-stock", skus: ["NOBODYS"] },
  ]);
  expect(await (await post("release", { orderId, generation: 1 })).json()).toEqual({ status: "superseded" });
  expect((await post("commit", { orderId: newId(), generation: 1 })).status).toBe(409);
  expect((await post("reserve", { orderId, generation: 1, lines: [] })).status).toBe(422);
  expect((await post("commit", { orderId: "x", generation: 0 })).status).toBe(422);
});

test("a cart that never heard of a variant is told its product, retired or not, and nobody else is", async () => {
  const product = await create({ name: "Unheard of" });
  await admin("DELETE", `/catalog/products/${product.id}`);
  const ask = (sku: string, from = "cart") => call("GET", `/internal/variants/${sku}`, { from });
  const answer = productEvents.ProductAdded.extend({ productId: z.uuid(), status: z.string() }).parse(
    await (await ask(skuOf(product))).json(),
  );
  expect(answer).toMatchObject({ productId: product.id, status: "retired", name: "Unheard of" });
  expect(answer.variants).toMatchObject([{ sku: skuOf(product), priceCents: 900, available: 5 }]);
  for (const sku of ["NOBODYS", "%00", "a%20b"]) expect((await ask(sku)).status).toBe(404);
  expect((await ask(skuOf(product), "order")).status).toBe(403);
});

test("a drawing may be kept, is not sent twice, and shows the colour asked for", async () => {
  const product = await create({ name: "Painted" });
  const image = await call("GET", "/catalog/images/painted.svg");
  expect(image.headers.get("content-type")).toContain("image/svg+xml");
  expect(image.headers.get("cache-control")).toContain("max-age=");
  expect(await image.text()).toContain("<svg");
  const etag = image.headers.get("etag") ?? "";
  expect((await call("GET", "/catalog/images/painted", { headers: { "if-none-match": etag } })).status).toBe(
    304,
  );
  for (const colour of ["Navy", "no such", "%00"])
    expect([colour, (await call("GET", `/catalog/images/painted?colour=${colour}`)).status]).toEqual([
      colour,
      colour === "%00" ? 422 : 200,
    ]);
  for (const nothing of ["no-such.svg", "%00", ".svg", "..%2Fx"])
    expect((await call("GET", `/catalog/images/${nothing}`)).status).toBe(404);
  expect(product.images).toEqual(["/api/catalog/images/painted.svg"]);
});

test("no input makes a fault", async () => {
  const product = await create();
  const nul = "\u0000";
  const variants = [{ sku: freshSku(), priceCents: 900 }];
  const bodies: unknown[] = [
    "{",
    "null",
    "[]",
    '"text"',
    {},
    aProduct({ name: nul }),
    aProduct({ name: "\ud800" }),
    aProduct({ name: "x".repeat(121) }),
    aProduct({ slug: "Not A Slug" }),
    aProduct({ tags: [nul] }),
    aProduct({ images: [nul] }),
    aProduct({ variants: [] }),
    aProduct({ variants: [{ sku: "a b", priceCents: 1 }] }),
    aProduct({ variants: [{ sku: "a", priceCents: 1e30 }] }),
    aProduct({ variants: [{ sku: "a", priceCents: 1, stock: 2 ** 53 }] }),
    aProduct({ variants: [{ sku: "a", priceCents: 1, options: { colour: "\udc00" } }] }),
    aProduct({ variants: [{ sku: "a", priceCents: 1, options: { [nul]: "x" } }] }),
    aProduct({ variants: [...variants, ...variants] }),
    { ...aProduct({ variants }), name: 7 },
    new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  ];
  for (const [index, body] of bodies.entries()) {
    for (const [method, path] of [
      ["POST", "/catalog/products"],
      ["PATCH", `/catalog/products/${product.id}`],
      ["POST", `/catalog/variants/${skuOf(product)}/stock`],
    ] as const) {
      const { status } = await admin(method, path, body);
      expect([index, method, path, status < 500]).toEqual([index, method, path, true]);
      if (path === "/catalog/products") expect([index, status >= 400]).toEqual([index, true]);
    }
  }
  const queries = [
    "page=0",
    "page=1e9",
    "page=1&page=2",
    "pageSize=101",
    "minPrice=-1",
    "minPrice=1e99",
    "inStock=maybe",
    "sort=;",
    "search=%00",
    "tag=%00",
    "category=%ED%A0%80%00",
  ];
  for (const query of queries)
    expect([query, (await call("GET", `/catalog/products?${query}`)).status]).toEqual([query, 422]);
  expect((await call("GET", "/catalog/products?search=%FF%FE&tag=%F0%9F")).status).toBe(200);
  for (const path of ["%00", "%E0%A4%A", "..%2F..", "x".repeat(2000)])
    expect((await call("GET", `/catalog/products/${path}`)).status).toBeLessThan(500);
  for (const path of ["x", "%00"]) {
    expect((await admin("DELETE", `/catalog/products/${path}`)).status).toBe(404);
    expect(
      (await admin("POST", `/catalog/variants/${path}%20/stock`, { change: 1, reason: "x" })).status,
    ).toBe(404);
  }
});

test("an import takes CSV of at most a megabyte in UTF-8", async () => {
  const file = "slug,name,category,sku,priceCents,stock\nimported,Imported,Crew,IMPORTED,700,3\n";
  expect((await admin("POST", "/catalog/import", file)).status).toBe(415);
  const landed = await admin("POST", "/catalog/import", file, "text/csv; charset=utf-8");
  expect([landed.status, await landed.json()]).toEqual([200, { added: 1, changed: 0, errors: [] }]);
  expect((await admin("POST", "/catalog/import", new Uint8Array([0xff, 0xfe]), "text/csv")).status).toBe(400);
  expect((await admin("POST", "/catalog/import", "x".repeat(1_100_000), "text/csv")).status).toBe(413);
  expect((await admin("POST", "/catalog/import", "colour of the day\nred\n", "text/csv")).status).toBe(422);
  expect((await admin("POST", "/catalog/import", "\u0000", "text/csv")).status).toBe(422);
});
