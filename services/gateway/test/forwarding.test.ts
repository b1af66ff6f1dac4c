import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../platform/test/postgres.ts";
import { type Door, openDoor } from "./door.ts";
import { getRaw } from "./raw-http.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());
beforeEach(() => door.stand.reset());

const products = "/api/catalog/products";
test("a listed route goes to its service by app-id, with its query and a trace that no client chose", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const answer = await fetch(`${door.address}${products}?search=a%20b%00&sort=-price`, {
    headers: { traceparent, "if-none-match": '"1"', "x-request-id": "mine-1" },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-request-id")).toBe("mine-1");
  expect(door.stand.last()).toMatchObject({
    method: "GET",
    url: "/v1.0/invoke/catalog/method/catalog/products",
    headers: {
      "x-query": "search=a+b%00&sort=-price",
      traceparent: expect.stringMatching(
        /^00-(?!0af7651916cd43dd8448eb211c80319c)[0-9a-f]{32}-[0-9a-f]{16}-00$/,
      ),
      "x-request-id": "mine-1",
      "if-none-match": '"1"',
      "dapr-api-token": "sidecar-token",
    },
  });
});

test("nothing that is for our own walls comes in from outside", async () => {
  const smuggled = {
    "dapr-caller-app-id": "order",
    "dapr-caller-namespace": "default",
    "dapr-app-id": "payment",
    "dapr-api-token": "guess",
    "Dapr-Anything": "x",
    authorization: "Bearer forged",
    cookie: "a=b",
    "x-forwarded-for": "1.2.3.4",
    "x-forwarded-host": "evil.example",
    forwarded: "for=1.2.3.4",
    "proxy-authorization": "x",
    te: "trailers",
    upgrade: "h2c",
    "x-request-id": "not an id\twith spaces",
    baggage: "x=y",
    "x-custom": "x",
  };
  await getRaw(
    door.port,
    products,
    Object.entries(smuggled).map(([name, value]) => `${name}: ${value}`),
  );
  const headers: Record<string, unknown> = door.stand.last()?.headers ?? {};
  expect(Object.keys(headers).toSorted()).toEqual(
    ["connection", "dapr-api-token", "host", "traceparent", "x-request-id"].toSorted(),
  );
  expect(headers["dapr-api-token"]).toBe("sidecar-token");
  expect(headers["x-request-id"]).not.toContain(" ");
});

test("what is not listed is not there, however its path is written", async () => {
  const paths = [
    "/api/internal/events?topic=product-events&after=0",
    "/api/catalog/internal/events",
    "/api/payment/authorize",
    "/api/catalog/products/..%2f..%2finternal%2fevents",
    "/api/catalog/products/%2e%2e",
    "/api/catalog/products/..",
    "/api/catalog/products/../../internal/events",
    "/api/catalog/../internal/events",
    "/api/catalog//products",
    "/api//catalog/products",
    "/api/catalog/products/",
    "/api/catalog/products/a%5Cb",
    "/api/catalog/products/a%00b",
    "/api/catalog/products/%252e%252e%252finternal",
    "/api/catalog/products/a%3Fb",
    "/api/catalog/products/a%23b",
    "/api/catalog/products/a/b",
    "/api/v1.0/invoke/order/method/internal",
    "/api/catalog/products;/x",
    "/api/metrics",
    "/api",
  ];
  for (const path of paths) {
    const answer = await getRaw(door.port, path);
    expect([path, answer.slice(9, 12)]).toEqual([path, "404"]);
    expect(answer).toContain("application/problem+json");
  }
  expect(door.stand.heard).toEqual([]);
});

test("a path that cannot be decoded is 400", async () => {
  for (const path of [`${products}/%zz`, `${products}/%c3%28`, `${products}/%`])
    expect((await getRaw(door.port, path)).slice(9, 12)).toBe("400");
});

test("the machinery of a service is closed to the outside", async () => {
  for (const path of [
    "/metrics",
    "/dapr/subscribe",
    "/dapr/config",
    "/internal/events?topic=account-events&after=0",
  ])
    expect([path, (await getRaw(door.port, path)).slice(9, 12)]).toEqual([path, "401"]);
  const forged = await fetch(`${door.address}/events/order-events`, {
    method: "POST",
    headers: { "dapr-api-token": "guess", "content-type": "application/json" },
    body: "{}",
  });
  expect(forged.status).toBe(401);
});

test("a parameter is decoded and encoded anew, so that it stays one segment", async () => {
  await getRaw(door.port, "/api/catalog/products/a%3Bb+c%20d%27%C3%A9");
  expect(door.stand.last()?.url).toBe("/v1.0/invoke/catalog/method/catalog/products/a%3Bb%2Bc%20d'%C3%A9");
});

test("what a sidecar would choke on is refused with a reason", async () => {
  const refused = [
    [`${products}/${"x".repeat(1_000)}`, [], "414"],
    [`${products}?search=${"x".repeat(4_000)}`, [], "414"],
    [products, [`last-event-id: ${"x".repeat(501)}`], "400"],
    [products, ["idempotency-key: \u00e9"], "400"],
  ] as const;
  for (const [path, headers, status] of refused) {
    const answer = await getRaw(door.port, path, [...headers]);
    expect([path.length, answer.slice(9, 12)]).toEqual([path.length, status]);
    expect(answer).toContain("urn:sockshop:problem:");
  }
  expect(door.stand.heard).toEqual([]);
});

test("a known address with another method is 405 and says what it takes", async () => {
  const answer = await fetch(`${door.address}/api/cart`, { method: "POST" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, DELETE");
  for (const method of ["OPTIONS", "PROPFIND", "HEAD"])
    expect((await fetch(`${door.address}/api/orders/1/events`, { method })).status).toBe(405);
  expect(door.stand.heard).toEqual([]);
});

test("each service gets the visitor's identity signed for it alone", async () => {
  const ada = door.visitor();
  await ada.signUp("ada@example.com");
  await ada.get("/api/orders");
  const { authorization } = door.stand.last()?.headers ?? {};
  expect(await door.identityIn(authorization, "order")).toMatchObject({
    role: "customer",
    name: "Ada",
    email: "ada@example.com",
  });
  await expect(door.identityIn(authorization, "cart")).rejects.toThrow();
  expect(door.stand.last()?.headers.cookie).toBeUndefined();
});

test("administrators' routes are 401 for strangers and guests and 403 for customers", async () => {
  const guest = door.visitor();
  expect((await guest.post(products, {})).status).toBe(401);
  await guest.get("/api/cart");
  expect((await guest.post(products, {})).status).toBe(401);
  const customer = door.visitor();
  await customer.signUp("customer@example.com");
  expect((await customer.post(products, {})).status).toBe(403);
  const admin = await door.admin();
  door.stand.reset();
  expect((await admin.post(products, { name: "x" })).status).toBe(200);
  expect(door.stand.last()).toMatchObject({ body: '{"name":"x"}' });
  const { authorization } = door.stand.last()?.headers ?? {};
  expect((await door.identityIn(authorization, "catalog")).role).toBe("admin");
});

test("an idempotency key and a service's refusal pass as they are", async () => {
  door.stand.answers((_heard, res) =>
    res
      .writeHead(409, { "content-type": "application/problem+json", location: "/orders/7" })
      .end('{"type":"urn:sockshop:problem:stale-cart","status":409}'),
  );
  const guest = door.visitor();
  const answer = await guest.post("/api/orders", {}, { "idempotency-key": "key-1" });
  expect(door.stand.last()?.headers["idempotency-key"]).toBe("key-1");
  expect(answer.status).toBe(409);
  expect(answer.headers.get("location")).toBe("/api/orders/7");
  expect(await answer.json()).toMatchObject({ type: "urn:sockshop:problem:stale-cart" });
});

test("a service's refusal names the address that was asked for", async () => {
  const cart = { version: 2, items: Array.from({ length: 50 }, () => ({ name: "s".repeat(5_000) })) };
  const refusal = { type: "urn:sockshop:problem:x", status: 404, instance: "/catalog/products/none", cart };
  door.stand.answers((_heard, res) =>
    res
      .writeHead(404, {
        "content-type": "application/problem+json; charset=utf-8",
        "content-length": JSON.stringify(refusal).length,
        "retry-after": "3",
      })
      .end(JSON.stringify(refusal)),
  );
  const answer = await fetch(`${door.address}${products}/none?colour=navy`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(answer.headers.get("retry-after")).toBe("3");
  expect(await answer.json()).toEqual({ ...refusal, instance: `${products}/none` });
  const head = await fetch(`${door.address}${products}/none`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([404, ""]);
});

test("a refusal that was cut off or cannot be read is no refusal", async () => {
  const answers = [
    (res: ServerResponse) => void res.end('{"status":'),
    (res: ServerResponse) => void res.write('{"status":', () => res.destroy()),
  ];
  for (const say of answers) {
    door.stand.answers((_heard, res) =>
      say(res.writeHead(409, { "content-type": "application/problem+json" })),
    );
    const answer = await fetch(`${door.address}${products}`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("The catalog service is not available");
  }
});

test("only harmless headers of a service's answer go out, and nobody's own things are cached", async () => {
  door.stand.answers((_heard, res) =>
    res
      .writeHead(200, {
        "content-type": "application/json",
        "set-cookie": "sockshop.session_token=forged",
        "x-powered-by": "x",
        "dapr-app-id": "cart",
        traceparent: "x",
        etag: '"1"',
      })
      .end("{}"),
  );
  const answer = await door.visitor().get("/api/cart");
  expect(answer.headers.get("etag")).toBe('W/"1"');
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.getSetCookie().join()).not.toContain("forged");
  for (const name of ["x-powered-by", "dapr-app-id", "traceparent"])
    expect(answer.headers.has(name)).toBe(false);
});

test("a service that is away is a 503 problem that names it and says when to try again", async () => {
  const sidecars = [
    [500, { errorCode: "ERR_DIRECT_INVOKE", message: "dial tcp: secret.internal refused" }],
    [403, { errorCode: "ERR_DIRECT_INVOKE", message: "denied" }],
    [404, { errorCode: "ERR_DIRECT_INVOKE", message: "no such app" }],
    [502, "Bad gateway"],
  ] as const;
  for (const [status, body] of sidecars) {
    door.stand.answers((_heard, res) =>
      res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
    );
    const answer = await fetch(`${door.address}${products}`);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const text = await answer.text();
    expect(text).toContain("The catalog service is not available");
    expect(text).not.toContain("secret.internal");
  }
  door.stand.answers((_heard, res) => res.destroy());
  expect((await fetch(`${door.address}${products}`)).status).toBe(503);
});

test("an answer cut off at its source is cut off for the client, not completed", async () => {
  door.stand.answers((_heard, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.write('{"items":[');
    setImmediate(() => res.destroy());
  });
  const answer = await fetch(`${door.address}${products}`);
  await expect(answer.text()).rejects.toThrow();
});

test("a client that leaves before the answer ends the question", async () => {
  let left = false;
  door.stand.answers((_heard, res) => void res.once("close", () => (left = true)));
  const leaving = new AbortController();
  const asked = fetch(`${door.address}${products}`, { signal: leaving.signal }).catch(() => "left");
  await eventually("the service was asked", () => door.stand.heard.length === 1);
  leaving.abort();
  expect(await asked).toBe("left");
  await eventually("the question ended", () => left);
});
