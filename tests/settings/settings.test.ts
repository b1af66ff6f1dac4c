import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { prepareMtls, sentryProcess, sidecarMtls } from "../../scripts/mtls.ts";
import { keepRunning } from "../../scripts/processes.ts";
import { waitUntilListening } from "../../scripts/readiness.ts";
import { openSecrets } from "../../scripts/runtime/secrets.ts";
import { openStateFolder, repository } from "../../scripts/state-folder.ts";
import { readTopology } from "../../scripts/topology.ts";
import { portOffset } from "../port-offset.ts";
import { eventually } from "../shopper.ts";
import { field, invokeRequest, plainGrpc } from "./grpc.ts";
import { type Mesh, openMesh, type Taken } from "./mesh.ts";
import { type StandIn, standIn } from "./stand-in-app.ts";

// Each test tries what must not be, sees it refused, takes the setting away that refuses it, and sees it happen.
let mesh: Mesh;
const apps: Record<string, StandIn> = {};
const capture = "/internal/payments/capture";
const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };

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

/** What a sidecar answers while it has every setting, and when it starts without some. */
async function withAndWithout<Answer>(app: string, taken: Taken, attack: () => Promise<Answer>) {
  const refused = await attack();
  await mesh.sidecar(app, taken);
  let happened = await attack();
  // Others may still hold a connection to the one that stood there before.
  const changed = async () => {
    happened = await attack();
    return !isDeepStrictEqual(happened, refused);
  };
  if (isDeepStrictEqual(happened, refused)) await eventually("it happens", changed, 10_000).catch(() => {});
  await mesh.sidecar(app);
  return { refused, happened };
}

/** Whether a call came through to the app. */
async function reached(app: string, call: () => Promise<unknown>): Promise<boolean> {
  const before = apps[app]?.heard.length ?? 0;
  await call();
  return (apps[app]?.heard.length ?? 0) > before;
}

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
    Promise.all(spellings.map((path) => reached("payment", () => invoke("cart", "payment", path))));
  const { refused, happened } = await withAndWithout("payment", { accessControl: true }, attack);
  expect({ refused: refused.includes(true), happened: happened.includes(false) }).toEqual({
    refused: false,
    happened: false,
  });
  const order = () => reached("payment", () => invoke("order", "payment", capture));
  await eventually("order reaches it again", order);
}, 60_000);

test("mTLS: who has no certificate cannot call a sidecar's port as if it were a sidecar", async () => {
  const method = "/dapr.proto.internals.v1.ServiceInvocation/CallLocal";
  const attack = () =>
    reached("payment", () =>
      plainGrpc(mesh.service("payment").daprInternalPort, method, invokeRequest("order", capture)),
    );
  expect(await withAndWithout("payment", { env: ["SENTRY_ADDRESS"] }, attack)).toEqual({
    refused: false,
    happened: true,
  });
}, 60_000);

test("mTLS: a sidecar with certificates of another authority is none of ours, whatever it calls itself", async () => {
  const state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(mesh.state.root, "foreign-")) });
  const topology = readTopology({ SOCKSHOP_PORT_OFFSET: String(portOffset + 300) });
  const foreign = prepareMtls(topology, state, openSecrets(state));
  const sentry = keepRunning(sentryProcess(mesh.dapr, topology, state), state);
  await waitUntilListening("sentry", topology.supporting.SENTRY_PORT, state);
  const [service] = topology.services.filter(({ id }) => id === "rating");
  const port = service?.daprHttpPort;
  // In the mesh's folder it looks others up where ours do, and it takes the name of one that may call.
  const daprd = daprdAs("order", {
    env: { ...sidecarMtls(foreign, "order"), DAPR_HOST_IP: "127.0.0.1", NAMESPACE: "default" },
    sentry: foreign.sentryAddress,
    ports: { http: port ?? 0, grpc: service?.daprGrpcPort ?? 0, internal: service?.daprInternalPort ?? 0 },
  });
  await eventually(
    "the foreign sidecar answers",
    async () => (await fetch(`http://127.0.0.1:${port}/v1.0/healthz/outbound`)).ok,
  );
  const call = () => fetch(`http://127.0.0.1:${port}/v1.0/invoke/payment/method${capture}`, json);
  expect(await reached("payment", call)).toBe(false);
  expect(await (await call()).text()).toMatch(/certificate|authentication handshake/);
  await daprd.stop();
  await sentry.stop();
  // Its name now stands for a sidecar that is gone.
  await mesh.sidecar("order");
}, 90_000);

test("sentry gives no certificate for an app-id to who holds no token, or another's", async () => {
  const { DAPR_SENTRY_TOKEN_FILE, ...noToken } = sidecarMtls(mesh.mtls, "cart");
  expect(
    await certificateFor("order", { ...noToken, DAPR_SENTRY_TOKEN_FILE: DAPR_SENTRY_TOKEN_FILE ?? "" }),
  ).toBe(false);
  expect(await certificateFor("order", noToken)).toBe(false);
  const lax = parse(readFileSync(join(repository, "dapr", "sentry.yaml"), "utf8"));
  delete lax.spec.mtls.tokenValidators;
  const file = join(mesh.state.root, "lax-sentry.yaml");
  writeFileSync(file, stringify(lax));
  await mesh.restartSentry(file);
  const given = await certificateFor("order", noToken).finally(() => mesh.restartSentry());
  await mesh.sidecar("order");
  expect(given).toBe(true);
}, 120_000);

/** Whether a sidecar that calls itself so comes up, for which it needs a certificate in that name. */
async function certificateFor(app: string, env: Record<string, string>): Promise<boolean> {
  const { daprHttpPort: http, daprGrpcPort: grpc, daprInternalPort: internal } = mesh.service("rating");
  const daprd = daprdAs(app, {
    env: { ...env, NAMESPACE: "default", DAPR_HOST_IP: "127.0.0.1" },
    sentry: mesh.mtls.sentryAddress,
    ports: { http, grpc, internal },
  });
  let outcome: boolean | undefined;
  await eventually(
    "sentry has decided",
    async () => {
      if (/error from sentry|failed to retrieve the initial identity/.test(daprd.output())) outcome = false;
      else if ((await fetch(`http://127.0.0.1:${http}/v1.0/healthz/outbound`)).ok) outcome = true;
      return outcome !== undefined;
    },
    40_000,
  ).catch((error: Error) => Promise.reject(new Error(`${error.message}\n${daprd.output().slice(-2_000)}`)));
  await daprd.stop();
  return outcome === true;
}

test("DAPR_API_TOKEN: nobody uses a sidecar without its own token", async () => {
  const asked = async (headers: Record<string, string>) =>
    (await mesh.ask("cart", "/v1.0/metadata", { headers })).status;
  const attack = async () => [
    await asked({ "dapr-api-token": "" }),
    await asked({ "dapr-api-token": mesh.token("order", "DAPR_API_TOKEN") }),
    await asked({ "dapr-api-token": mesh.token("cart", "APP_API_TOKEN") }),
  ];
  expect(await withAndWithout("cart", { env: ["DAPR_API_TOKEN"] }, attack)).toEqual({
    refused: [401, 401, 401],
    happened: [200, 200, 200],
  });
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
  const { refused, happened } = await withAndWithout("order", api, attack);
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
  const { refused, happened } = await withAndWithout("cart", bare, read);
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
  expect(await withAndWithout("cart", taken, attack)).toEqual({ refused: [403, 403], happened: [204, 204] });
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
  expect(await withAndWithout("cart", taken, attack)).toEqual({ refused: false, happened: true });
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

/** A sidecar of nobody's, in the folder where ours look each other up. */
function daprdAs(
  appId: string,
  about: {
    env: Record<string, string>;
    sentry: string;
    ports: { http: number; grpc: number; internal: number };
  },
) {
  const args = {
    "app-id": appId,
    "dapr-http-port": about.ports.http,
    "dapr-grpc-port": about.ports.grpc,
    "dapr-internal-grpc-port": about.ports.internal,
    "dapr-internal-grpc-listen-address": "127.0.0.1",
    "dapr-listen-addresses": "127.0.0.1",
    "enable-metrics": "false",
    "sentry-address": about.sentry,
    config: join(repository, "dapr", "config.yaml"),
  };
  const flags = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
  const daprd = spawn(mesh.dapr.daprd, ["--enable-mtls", ...flags], {
    cwd: mesh.state.root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...about.env },
  });
  let output = "";
  for (const stream of [daprd.stdout, daprd.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => daprd.once("exit", resolve));
  return {
    output: () => output,
    stop: () => {
      daprd.kill("SIGKILL");
      return ended;
    },
  };
}

/** The first line of Redis's answer to a command. */
function redisAnswer(port: string, first: string[][], command: string[]): Promise<string> {
  const encode = (words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () =>
      socket.write([...first, command].map(encode).join("")),
    );
    let answer = "";
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk;
      const lines = answer.split("\r\n");
      if (lines.length <= first.length + 1) return;
      socket.end();
      resolve(lines[first.length] ?? "");
    });
  });
}
