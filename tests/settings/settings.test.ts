import { afterAll, beforeAll, expect, test } from "vitest";
import { sidecarOnly } from "../../services/platform/src/http.ts";
import { eventually } from "../shopper.ts";
import { json, reached, withAndWithout } from "./attack.ts";
import { field, plainGrpc } from "./grpc.ts";
import { type Mesh, openMesh, type Taken } from "./mesh.ts";
import { redisAnswer } from "./redis-answer.ts";
import { type StandIn, standIn } from "./stand-in-app.ts";

// Each test tries what must not be, sees it refused, takes the setting away that refuses it, and sees it happen.
let mesh: Mesh;
const apps: Record<string, StandIn> = {};
const capture = "/internal/payments/capture";

beforeAll(async () => {
  mesh = await openMesh();
  for (const app of ["cart", "payment", "order"]) apps[app] = await standIn(mesh.service(app).port);
  apps.gateway = await standIn(mesh.service("gateway").port, [
    { pubsubname: "pubsub", topic: "account-events", route: "/heard" },
  ]);
  await Promise.all(["cart", "payment", "order"].map((app) => mesh.sidecar(app)));
}, 120_000);

afterAll(async () => {
  await mesh?.close();
  await Promise.all(Object.values(apps).map((app) => app.close()));
}, 60_000);

const invoke = (from: string, to: string, path: string) =>
  mesh.ask(from, `/v1.0/invoke/${to}/method${path}`, json).then((response) => response.text());

test("access control: cart cannot capture a payment, by no spelling, and order can", async () => {
  const spellings = [
    capture,
    "/INTERNAL/payments/capture",
    "//internal//payments//capture",
    "/readyz/..%2f..",
  ];
  const attack = () =>
    Promise.all(spellings.map((path) => reached(apps.payment, () => invoke("cart", "payment", path))));
  const { refused, happened } = await withAndWithout(mesh, "payment", { accessControl: true }, attack);
  expect({ refused: refused.includes(true), happened: happened.includes(false) }).toEqual({
    refused: false,
    happened: false,
  });
  const order = () => reached(apps.payment, () => invoke("order", "payment", capture));
  await eventually("order reaches it again", order);
}, 60_000);

test("DAPR_API_TOKEN: nobody uses a sidecar without its own token", async () => {
  const asked = async (headers: Record<string, string>) =>
    (await mesh.ask("cart", "/v1.0/metadata", { headers })).status;
  const attack = async () => [
    await asked({ "dapr-api-token": "" }),
    await asked({ "dapr-api-token": mesh.token("order", "DAPR_API_TOKEN") }),
    await asked({ "dapr-api-token": mesh.token("cart", "APP_API_TOKEN") }),
  ];
  expect(await withAndWithout(mesh, "cart", { env: { DAPR_API_TOKEN: undefined } }, attack)).toEqual({
    refused: [401, 401, 401],
    happened: [200, 200, 200],
  });
}, 60_000);

test("APP_API_TOKEN: an app hears its own sidecar and nobody else who reaches its port", async () => {
  const { port } = mesh.service("rating");
  const guarded = await standIn(port, [], sidecarOnly(mesh.token("rating", "APP_API_TOKEN")));
  await mesh.sidecar("rating");
  const bySidecar = () => reached(guarded, () => invoke("rating", "rating", "/x"));
  const past = (token: string) => () =>
    reached(guarded, () => fetch(`http://127.0.0.1:${port}/x`, { headers: { "dapr-api-token": token } }));
  expect([await bySidecar(), await past("")(), await past(mesh.token("rating", "DAPR_API_TOKEN"))()]).toEqual(
    [true, false, false],
  );
  // The two halves of the setting: a sidecar that was not given the token, and an app that does not ask for it.
  await mesh.sidecar("rating", { env: { APP_API_TOKEN: undefined } });
  expect(await bySidecar()).toBe(false);
  await guarded.close();
  const bare = mesh.service("logging").port;
  const open = await standIn(bare);
  expect(await reached(open, () => fetch(`http://127.0.0.1:${bare}/x`))).toBe(true);
  await open.close();
}, 60_000);

test("API allow-list: an app cannot reach what it does not use, over HTTP or gRPC", async () => {
  const api: Taken = { change: { "config.yaml": ({ spec }) => void delete spec.api } };
  const getState = Buffer.concat([field(1, "workflow-state"), field(2, "x")]);
  const attack = async () => [
    (await mesh.ask("order", "/v1.0/state/workflow-state/x")).status,
    (await mesh.ask("order", "/v1.0/secrets/secrets/REDIS_PASSWORD")).status,
    await plainGrpc(mesh.service("order").daprGrpcPort, "/dapr.proto.runtime.v1.Dapr/GetState", getState, {
      "dapr-api-token": mesh.token("order", "DAPR_API_TOKEN"),
    }),
  ];
  const { refused, happened } = await withAndWithout(mesh, "order", api, attack);
  // 12 is gRPC's "unimplemented".
  expect(refused).toEqual([404, 404, "12"]);
  // No such key; not allowed to this app by the secret's scope; no such key.
  expect(happened).toEqual([204, 403, "0"]);
}, 60_000);

test("secret scopes: an app cannot read its sidecar's secrets even where the API is open", async () => {
  const open: Taken = { change: { "config.yaml": ({ spec }) => void delete spec.api } };
  const bare: Taken = {
    change: {
      "config.yaml": ({ spec }) => {
        delete spec.api;
        delete spec.secrets;
      },
    },
  };
  const read = async () => (await mesh.ask("cart", "/v1.0/secrets/secrets/REDIS_PASSWORD")).text();
  await mesh.sidecar("cart", open);
  const { refused, happened } = await withAndWithout(mesh, "cart", bare, read);
  expect(refused).toMatch(/ERR_PERMISSION_DENIED/);
  expect(happened).toContain(mesh.secrets.of("redis-password-cart"));
}, 60_000);

test("publishing scopes: an app publishes to its own topics only, one by one or in bulk", async () => {
  const taken: Taken = {
    change: { "pubsub.yaml": ({ spec }) => void dropMetadata(spec, "publishingScopes") },
  };
  const bulk = JSON.stringify([{ entryId: "1", event: "{}", contentType: "text/plain" }]);
  const attack = async () => [
    (await mesh.ask("cart", "/v1.0/publish/pubsub/order-events", json)).status,
    (await mesh.ask("cart", "/v1.0/publish/bulk/pubsub/order-events", { ...json, body: bulk })).status,
  ];
  expect(await withAndWithout(mesh, "cart", taken, attack)).toEqual({
    refused: [403, 403],
    happened: [204, 204],
  });
}, 60_000);

test("allowed topics: nobody publishes to a topic that is none of the shop's", async () => {
  const without = (...names: string[]): Taken => ({
    change: { "pubsub.yaml": ({ spec }) => names.forEach((name) => void dropMetadata(spec, name)) },
  });
  const attack = async () => (await mesh.ask("cart", "/v1.0/publish/pubsub/other-events", json)).status;
  // Redis would refuse it, too.
  const admin = ["AUTH", "admin", mesh.secrets.of("redis-password-admin")];
  const { port } = new URL(mesh.redis("cart"));
  expect(await redisAnswer(port, [admin], ["ACL", "SETUSER", "cart", "~other-events"])).toBe("+OK");
  await mesh.sidecar("cart", without("publishingScopes"));
  expect(await withAndWithout(mesh, "cart", without("publishingScopes", "allowedTopics"), attack)).toEqual({
    refused: 403,
    happened: 204,
  });
}, 60_000);

test("subscription scopes: an app hears no topic that is not its to hear", async () => {
  const publish = () => mesh.ask("gateway", "/v1.0/publish/pubsub/account-events", json);
  await mesh.sidecar("gateway");
  await eventually("the subscription is refused", async () =>
    /topic 'account-events' on pubsub 'pubsub' is not allowed/.test(mesh.log("gateway")),
  );
  expect(await publish()).toMatchObject({ status: 204 });
  await mesh.sidecar("gateway", {
    change: { "pubsub.yaml": ({ spec }) => void dropMetadata(spec, "subscriptionScopes") },
  });
  await publish();
  await eventually("the event came", async () => apps.gateway?.heard.includes("POST /heard") === true);
}, 60_000);

test("component scopes: only order's sidecar has the workflow engine's store", async () => {
  const attack = async () => {
    const metadata = (await (await mesh.ask("cart", "/v1.0/metadata")).json()) as {
      components: { name: string }[];
    };
    return metadata.components.some(({ name }) => name === "workflow-state");
  };
  const taken: Taken = { change: { "workflow-state.yaml": (document) => void delete document.scopes } };
  expect(await withAndWithout(mesh, "cart", taken, attack)).toEqual({ refused: false, happened: true });
}, 60_000);

test("Redis: nobody does anything unnamed, and a sidecar nothing but streams of its own topics", async () => {
  const cart = new URL(mesh.redis("cart"));
  const as = (user: string | undefined, ...command: string[]) =>
    redisAnswer(
      cart.port,
      user === undefined ? [] : [["AUTH", user, mesh.secrets.of(`redis-password-${user}`)]],
      command,
    );
  const forbidden = [
    ["FLUSHALL"],
    ["KEYS", "*"],
    ["GET", "order-events"],
    ["DEL", "cart-events"],
    ["XADD", "payment-events", "*", "data", "x"],
    ["XRANGE", "cart-events", "-", "+"],
    ["CONFIG", "GET", "*"],
    ["ACL", "LIST"],
    ["EVAL", "return 1", "0"],
    ["SHUTDOWN", "NOSAVE"],
  ];
  for (const command of forbidden) expect(await as("cart", ...command)).toMatch(/^-NOPERM/);
  expect(await as(undefined, "PING")).toMatch(/^-NOAUTH/);
  expect(await as("cart", "XADD", "cart-events", "*", "data", "x")).not.toMatch(/^-/);

  expect(await as("admin", "ACL", "SETUSER", "cart", "+@all", "~*")).toBe("+OK");
  for (const command of forbidden.slice(1, -1)) expect(await as("cart", ...command)).not.toMatch(/^-NOPERM/);
  expect(await as("admin", "ACL", "SETUSER", "default", "on", "nopass", "+ping")).toBe("+OK");
  expect(await as(undefined, "PING")).toBe("+PONG");
});

function dropMetadata(spec: { metadata?: { name: string }[] }, name: string): void {
  spec.metadata?.splice(
    spec.metadata.findIndex((entry) => entry.name === name),
    1,
  );
}
