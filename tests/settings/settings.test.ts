import { afterAll, beforeAll, expect, test } from "vitest";
import { redisUsers } from "../../scripts/runtime/redis-users.ts";
import { readConfig } from "../../services/platform/src/config.ts";
import { askRedis } from "../redis.ts";
import { eventually } from "../shopper.ts";
import { type Heard, json, reached, withAndWithout } from "./attack.ts";
import { field, plainGrpc } from "./grpc.ts";
import { type Mesh, openMesh, type Taken } from "./mesh.ts";
import { type RealApp, realApp } from "./real-app.ts";
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
    { pubsubname: "log-pubsub", topic: "log-events", route: "/heard-logs" },
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

test("access control: each app's own file keeps out what is not listed for a caller who may do something else", async () => {
  const others = mesh.topology.services.map(({ id }) => id).filter((app) => app !== "payment");
  for (const app of others) apps[app] ??= await standIn(mesh.service(app).port);
  await Promise.all(others.map((app) => mesh.sidecar(app)));
  const seen = async (app: string) => {
    const caller = app === "monitoring" ? "gateway" : "monitoring";
    const call = (path: string, init?: RequestInit) =>
      reached(apps[app], () => mesh.ask(caller, `/v1.0/invoke/${app}/method${path}`, init));
    return [app, await call("/readyz"), await call("/internal/else", json)];
  };
  for (const app of others) {
    await eventually(`${app} is reached`, async () => (await seen(app))[1] === true);
    expect(await seen(app)).toEqual([app, true, false]);
  }
  await Promise.all(others.map((app) => mesh.sidecar(app, { accessControl: true })));
  for (const app of others)
    await eventually(`all of ${app} is open`, async () => (await seen(app))[2] === true);
  await Promise.all(["cart", "order"].map((app) => mesh.sidecar(app)));
  await apps.rating?.close();
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
  const guarded = await realApp(mesh, mesh.service("rating").port, mesh.token("rating", "APP_API_TOKEN"));
  await mesh.sidecar("rating");
  const bySidecar = (app: Heard) => reached(app, () => invoke("rating", "rating", "/x"));
  const past = (app: RealApp, headers = {}) =>
    reached(app, () => fetch(`http://127.0.0.1:${app.port}/x`, { method: "POST", headers }));
  expect([
    await bySidecar(guarded),
    await past(guarded),
    await past(guarded, { "dapr-api-token": "" }),
    await past(guarded, { "dapr-api-token": mesh.token("rating", "DAPR_API_TOKEN") }),
  ]).toEqual([true, false, false, false]);
  // The two halves of the setting: a sidecar that was not given the token, and an app that asks for none.
  await mesh.sidecar("rating", { env: { APP_API_TOKEN: undefined } });
  expect(await bySidecar(guarded)).toBe(false);
  await guarded.close();
  const open = await realApp(mesh, 0, "");
  expect(await past(open)).toBe(true);
  await open.close();
  // No service starts like that.
  expect(() => readConfig({ APP_ID: "rating", APP_API_TOKEN: "" })).toThrow(/APP_API_TOKEN/);
}, 60_000);

test("API allow-list: an app cannot reach what it does not use, over HTTP or gRPC", async () => {
  const status = async (method: string, path: string) =>
    (await mesh.ask("order", path, { ...json, method, ...(method === "GET" && { body: null }) })).status;
  const rpc = (method: string, ...fields: Buffer[]) =>
    plainGrpc(
      mesh.service("order").daprGrpcPort,
      `/dapr.proto.runtime.v1.Dapr/${method}`,
      Buffer.concat(fields),
      { headers: { "dapr-api-token": mesh.token("order", "DAPR_API_TOKEN") } },
    );
  const overHttp = async () => [
    await status("GET", "/v1.0/state/workflow-state/x"),
    await status("GET", "/v1.0/secrets/secrets/REDIS_PASSWORD"),
    await status("POST", "/v1.0/actors/x/1/method/y"),
    await status("POST", "/v1.0-alpha1/jobs/x"),
    await status("POST", "/v1.0/shutdown"),
  ];
  const overGrpc = async () => [
    await rpc("GetState", field(1, "workflow-state"), field(2, "x")),
    await rpc("GetSecret", field(1, "secrets"), field(2, "REDIS_PASSWORD")),
    await rpc("InvokeActor", field(1, "x"), field(2, "1"), field(3, "y")),
    await rpc("ScheduleJob", field(1, field(1, "x"))),
    await rpc("Shutdown"),
  ];
  const list: Taken = { change: { "config.yaml": ({ spec }) => void delete spec.api } };
  expect(await withAndWithout(mesh, "order", list, overHttp)).toEqual({
    refused: [404, 404, 404, 404, 404],
    // No such key; not allowed to this app by the secret's scope; no such actor; no such job; it ends.
    happened: [204, 403, 400, 400, 204],
  });
  const grpcEntry: Taken = {
    change: {
      "config.yaml": ({ spec }) => {
        const { allowed } = spec.api as { allowed: { protocol: string }[] };
        spec.api = { allowed: allowed.filter(({ protocol }) => protocol !== "grpc") };
      },
    },
  };
  const both = async () => ({ http: await overHttp(), grpc: await overGrpc() });
  expect(await withAndWithout(mesh, "order", grpcEntry, both)).toEqual({
    // 12 is gRPC's "unimplemented".
    refused: { http: [404, 404, 404, 404, 404], grpc: ["12", "12", "12", "12", "12"] },
    // No such key; not allowed to this app; actors are not ready; a job without a time; it ends.
    happened: { http: [404, 404, 404, 404, 404], grpc: ["0", "7", "14", "3", "0"] },
  });
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
  await withRights("cart", "~order-events", async () =>
    expect(await withAndWithout(mesh, "cart", taken, attack)).toEqual({
      refused: [403, 403],
      happened: [204, 204],
    }),
  );
}, 60_000);

test("allowed topics: nobody publishes to a topic that is none of the shop's, among events or logs", async () => {
  const without = (...names: string[]): Taken => ({
    change: {
      "pubsub.yaml": ({ spec }) => names.forEach((name) => void dropMetadata(spec, name)),
      "log-pubsub.yaml": ({ spec }) => names.forEach((name) => void dropMetadata(spec, name)),
    },
  });
  const publish = async (component: string) =>
    (await mesh.ask("cart", `/v1.0/publish/${component}/other-events`, json)).status;
  const attack = async () => [await publish("pubsub"), await publish("log-pubsub")];
  await withRights("cart", "~other-events", async () => {
    await mesh.sidecar("cart", without("publishingScopes"));
    expect(await withAndWithout(mesh, "cart", without("publishingScopes", "allowedTopics"), attack)).toEqual({
      refused: [403, 403],
      happened: [204, 204],
    });
  });
}, 60_000);

test("subscription scopes: an app hears no topic that is not its to hear, of events or logs", async () => {
  const publish = async () => {
    expect(await mesh.ask("gateway", "/v1.0/publish/pubsub/account-events", json)).toMatchObject({
      status: 204,
    });
    expect(await mesh.ask("gateway", "/v1.0/publish/log-pubsub/log-events", json)).toMatchObject({
      status: 204,
    });
  };
  const came = () => ["/heard", "/heard-logs"].filter((path) => apps.gateway?.heard.includes(`POST ${path}`));
  await mesh.sidecar("gateway");
  await eventually("both subscriptions are refused", async () =>
    ["'account-events' on pubsub 'pubsub'", "'log-events' on pubsub 'log-pubsub'"].every((topic) =>
      mesh.log("gateway").includes(`topic ${topic} is not allowed`),
    ),
  );
  await publish();
  expect(came()).toEqual([]);
  const drop = ({ spec }: { spec: { metadata?: { name: string }[] } }) =>
    dropMetadata(spec, "subscriptionScopes");
  await withRights("gateway", "+xgroup|create +xreadgroup +xack +xpending +xclaim", async () => {
    await mesh.sidecar("gateway", { change: { "pubsub.yaml": drop, "log-pubsub.yaml": drop } });
    await publish();
    await eventually("both came", async () => came().length === 2);
  });
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

test("Redis: nobody does anything unnamed, a sidecar adds to its own topics only and reads only those that it hears", async () => {
  const reading = (stream: string) => ["XREADGROUP", "GROUP", "logging", "logging", "STREAMS", stream, ">"];
  const forbidden = [
    ["FLUSHALL"],
    ["KEYS", "*"],
    ["GET", "order-events"],
    ["DEL", "cart-events"],
    ["XADD", "payment-events", "*", "data", "x"],
    // Topics that it hears, and one that it only adds to.
    ["XADD", "order-events", "*", "data", "x"],
    ["XADD", "account-events", "*", "data", "x"],
    reading("log-events"),
    ["XACK", "log-events", "logging", "1-1"],
    reading("cart-events"),
    ["XRANGE", "cart-events", "-", "+"],
    ["CONFIG", "GET", "*"],
    ["ACL", "LIST"],
    ["EVAL", "return 1", "0"],
    ["SHUTDOWN", "NOSAVE"],
  ];
  for (const command of forbidden) expect(await as("cart", ...command)).toMatch(/^-NOPERM/);
  expect(await as(undefined, "PING")).toMatch(/^-NOAUTH/);
  for (const stream of ["cart-events", "log-events"])
    expect(await as("cart", "XADD", stream, "*", "data", "x")).not.toMatch(/^-/);
  for (const [app, stream] of [
    ["cart", "order-events"],
    ["logging", "log-events"],
  ] as const)
    expect(await as(app, "XGROUP", "CREATE", stream, app, "0", "MKSTREAM")).toMatch(/^(\+OK|-BUSYGROUP)/);
  expect(await as("logging", ...reading("log-events"))).toBe("*1");

  // One list of commands for one list of streams lets whoever hears a topic forge its events.
  await withRights("cart", "clearselectors +xreadgroup ~order-events", async () => {
    expect(await as("cart", "XADD", "order-events", "*", "data", "x")).not.toMatch(/^-/);
    expect(await as("cart", ...reading("log-events"))).not.toMatch(/^-/);
  });
  expect(await as("cart", "XADD", "order-events", "*", "data", "x")).toMatch(/^-NOPERM/);

  expect(await as("admin", "ACL", "SETUSER", "cart", "+@all", "~*")).toBe("+OK");
  for (const command of forbidden.slice(1, -1)) expect(await as("cart", ...command)).not.toMatch(/^-NOPERM/);
  expect(await as("admin", "ACL", "SETUSER", "default", "on", "nopass", "+ping")).toBe("+OK");
  expect(await as(undefined, "PING")).toBe("+PONG");
});

function dropMetadata(spec: { metadata?: { name: string }[] }, name: string): void {
  const at = spec.metadata?.findIndex((entry) => entry.name === name) ?? -1;
  if (at >= 0) spec.metadata?.splice(at, 1);
}

/** Asks Redis as one of its users, or as nobody. */
function as(user: string | undefined, ...command: string[]): Promise<string> {
  const address = user === undefined ? `redis://${new URL(mesh.redis("admin")).host}` : mesh.redis(user);
  return askRedis(address, ...command);
}

/** Redis would refuse some attempts as well: meanwhile an app's user may do more, and then what it may do again. */
async function withRights(app: string, more: string, attempt: () => Promise<void>): Promise<void> {
  const passwordOf = (user: string) => mesh.secrets.of(`redis-password-${user}`);
  const own = redisUsers([app], passwordOf).at(-1)?.split(" ").slice(2) ?? [];
  expect(await as("admin", "ACL", "SETUSER", app, ...more.split(" "))).toBe("+OK");
  try {
    await attempt();
  } finally {
    expect(await as("admin", "ACL", "SETUSER", app, "reset", ...own)).toBe("+OK");
  }
}
