import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Config } from "../src/config.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { createApp, jsonBody } from "../src/http.ts";
import { allowCallers, identityOf, identitySigner, requireRole } from "../src/identity.ts";
import { newId } from "../src/ids.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { parse, unavailable } from "../src/problem.ts";
import { eventually } from "./postgres.ts";

let server: Server;
let base: string;
let sign: Awaited<ReturnType<typeof identitySigner>>;
let privateKey: CryptoKey;
let readinessAsked = 0;
const lines: string[] = [];
const customer = { userId: newId(), role: "customer" as const };

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  privateKey = pair.privateKey;
  sign = await identitySigner(await exportJWK(pair.privateKey));
  const config = {
    appId: "cart",
    appApiToken: "secret",
    metricsToken: "metrics only",
    identityPublicKey: await exportJWK(pair.publicKey),
    logLevel: "info",
  } as unknown as Config;
  const app = createApp({
    config,
    log: createLog(config, { write: (line: string) => void lines.push(line) }),
    metrics: createMetrics("cart"),
    readiness: async () => {
      readinessAsked += 1;
      return ["database"];
    },
    routes: (express) => {
      express.post(
        "/echo",
        jsonBody("1kb"),
        (req, res) => void res.json(parse(z.object({ name: z.string().min(2) }), req.body)),
      );
      express.get("/me", (req, res) => void res.json(identityOf(req)));
      express.get("/admin", requireRole("admin"), (_req, res) => void res.json({}));
      express.get("/internal", allowCallers("order"), (_req, res) => void res.json({}));
      express.get("/away", () => {
        throw unavailable("The catalog service");
      });
      express.get("/broken/:id", () => {
        throw new Error("select * from secrets failed");
      });
    },
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const call = (path: string, init: RequestInit = {}) =>
  fetch(base + path, {
    ...init,
    headers: { "dapr-api-token": "secret", ...(init.headers as Record<string, string>) },
  });
const post = (body: string) =>
  call("/echo", { method: "POST", body, headers: { "content-type": "application/json" } });
const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  return response.json() as Promise<{ type: string; status: number; detail: string; errors?: unknown[] }>;
};

test("a call without the app's own token is refused, whatever the route", async () => {
  for (const path of ["/me", "/metrics", "/nowhere"]) {
    expect((await fetch(base + path)).status).toBe(401);
    expect((await fetch(base + path, { headers: { "dapr-api-token": "secreT" } })).status).toBe(401);
  }
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
});

test("the metrics token opens the metrics and nothing else", async () => {
  const bearer = (path: string, token: string) =>
    fetch(base + path, { headers: { authorization: `Bearer ${token}` } });
  expect((await bearer("/metrics", "metrics only")).status).toBe(200);
  expect((await bearer("/metrics", "metrics onl")).status).toBe(401);
  for (const path of ["/me", "/internal", "/dapr/config"])
    expect((await bearer(path, "metrics only")).status).toBe(401);
});

test("without a metrics token nothing but the app's own opens the metrics, and without an app's token no service starts", async () => {
  const identityPublicKey = await exportJWK((await generateKeyPair("EdDSA")).publicKey);
  const app = createApp({
    config: {
      appId: "cart",
      appApiToken: "secret",
      identityPublicKey,
      logLevel: "silent",
    } as unknown as Config,
    log: createLog({ appId: "cart", logLevel: "silent" }),
    metrics: createMetrics("cart"),
    readiness: async () => [],
    routes: () => {},
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => app.once("listening", resolve));
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/metrics`;
  const asked = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
  for (const token of ["metrics only", "undefined", "", "secret"])
    expect(await asked({ authorization: `Bearer ${token}` })).toBe(401);
  expect(await asked({ "dapr-api-token": "secret" })).toBe(200);
  app.close();
  expect(() => readConfig({ APP_ID: "cart", APP_API_TOKEN: "" })).toThrow(/APP_API_TOKEN/);
});

test("a wrong field is a 422 that names it, broken JSON a 400, too much a 413", async () => {
  const invalid = await post('{"name":"x"}');
  expect(invalid.status).toBe(422);
  expect((await problemOf(invalid)).errors).toEqual([{ field: "name", message: expect.any(String) }]);
  expect((await problemOf(await post('{"name":'))).status).toBe(400);
  expect((await problemOf(await post(`{"name":"${"x".repeat(2000)}"}`))).status).toBe(413);
});

test("an identity is taken from a token signed for this service, and from no other", async () => {
  const bearer = async (token: string) => call("/me", { headers: { authorization: `Bearer ${token}` } });
  expect(await (await bearer(await sign(customer, "cart"))).json()).toEqual(customer);
  expect((await bearer(await sign(customer, "order"))).status).toBe(401);
  const old = new SignJWT({ ...customer })
    .setProtectedHeader({ alg: "EdDSA" })
    .setIssuer("sockshop-gateway")
    .setAudience("cart");
  expect(
    (await bearer(await old.setExpirationTime(Math.floor(Date.now() / 1000) - 60).sign(privateKey))).status,
  ).toBe(401);
  const forger = await identitySigner(
    await exportJWK((await generateKeyPair("EdDSA", { extractable: true })).privateKey),
  );
  expect((await bearer(await forger(customer, "cart"))).status).toBe(401);
  expect((await call("/me")).status).toBe(401);
});

test("a customer is refused where an administrator is needed", async () => {
  expect(
    (await call("/admin", { headers: { authorization: `Bearer ${await sign(customer, "cart")}` } })).status,
  ).toBe(403);
  expect(
    (
      await call("/admin", {
        headers: { authorization: `Bearer ${await sign({ ...customer, role: "admin" }, "cart")}` },
      })
    ).status,
  ).toBe(200);
});

test("a caller is compared whole, so that a forged id before the real one is refused", async () => {
  const as = async (caller: string) =>
    (await call("/internal", { headers: { "dapr-caller-app-id": caller } })).status;
  expect([await as("order"), await as("cart"), await as("order, cart"), await as("orders")]).toEqual([
    200, 403, 403, 403,
  ]);
  expect((await call("/internal")).status).toBe(403);
});

test("a dependency that is away is a 503 with Retry-After, and an unknown fault tells nothing of its cause", async () => {
  const away = await call("/away");
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "2"]);
  const broken = await problemOf(await call("/broken/1"));
  expect(broken.status).toBe(500);
  expect(broken.detail).not.toContain("secrets");
  expect((await call("/broken/%E0%A4%A")).status).toBe(400);
  expect((await call("/readyz")).status).toBe(503);
});

test("a crowd that asks whether the service is ready costs no more than one look a second", async () => {
  const statuses = async () =>
    Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${base}/readyz`)).status));
  const [before, began] = [readinessAsked, performance.now()];
  expect(new Set(await statuses())).toEqual(new Set([503]));
  const seconds = Math.floor((performance.now() - began) / 1_000);
  expect(readinessAsked - before).toBeLessThanOrEqual(1 + seconds);
  const looks = readinessAsked;
  await eventually("there is a new look", async () => {
    await call("/readyz");
    return readinessAsked > looks;
  });
});

test("the log holds no token, e-mail address or password", async () => {
  const log = createLog(
    { appId: "cart", logLevel: "info" },
    { write: (line: string) => void lines.push(line) },
  );
  log.info(
    {
      email: "jane@example.org",
      body: { password: "hunter22", shippingAddress: { name: "Jane" } },
      headers: { authorization: "Bearer x" },
    },
    "planted",
  );
  const written = lines.join("\n");
  expect(written).toContain("planted");
  for (const secret of ["jane@example.org", "hunter22", "Jane", "Bearer x"])
    expect(written).not.toContain(secret);
});

test("a missing setting is named with what to do", () => {
  expect(() => readConfig({ APP_ID: "cart" })).toThrow(ConfigError);
  expect(() => readConfig({ APP_ID: "cart" })).toThrow(/DATABASE_URL[\s\S]*npm start/);
});
