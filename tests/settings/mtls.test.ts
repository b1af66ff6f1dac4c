import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { controlPlane } from "../../scripts/control-plane.ts";
import { prepareMtls, sentryProcess, sidecarMtls } from "../../scripts/mtls.ts";
import { keepRunning } from "../../scripts/processes.ts";
import { waitUntilListening } from "../../scripts/readiness.ts";
import { openSecrets } from "../../scripts/runtime/secrets.ts";
import { openStateFolder, repository } from "../../scripts/state-folder.ts";
import { readTopology } from "../../scripts/topology.ts";
import { portOffset } from "../port-offset.ts";
import { eventually } from "../shopper.ts";
import { json, reached, withAndWithout } from "./attack.ts";
import { field, invokeRequest, plainGrpc } from "./grpc.ts";
import { type Mesh, openMesh } from "./mesh.ts";
import { type StandIn, standIn } from "./stand-in-app.ts";

let mesh: Mesh;
let payment: StandIn;
const capture = "/internal/payments/capture";

beforeAll(async () => {
  mesh = await openMesh();
  payment = await standIn(mesh.service("payment").port);
  await Promise.all(["cart", "payment", "order"].map((app) => mesh.sidecar(app)));
}, 120_000);

afterAll(async () => {
  await mesh?.close();
  await payment?.close();
}, 60_000);

test("mTLS: who has no certificate cannot call a sidecar's port as if it were a sidecar", async () => {
  const method = "/dapr.proto.internals.v1.ServiceInvocation/CallLocal";
  const attack = () =>
    reached(payment, () =>
      plainGrpc(mesh.service("payment").daprInternalPort, method, invokeRequest("order", capture)),
    );
  expect(await withAndWithout(mesh, "payment", { env: { DAPR_MTLS: "off" } }, attack)).toEqual({
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
  const both = [mesh.mtls, foreign]
    .map(({ trustAnchorsFile }) => readFileSync(trustAnchorsFile, "utf8"))
    .join("");
  const { daprHttpPort: http, daprGrpcPort: grpc, daprInternalPort: internal } = mesh.service("rating");
  // In the mesh's folder it looks others up where ours do, trusts ours, and takes the name of one that may call.
  const daprd = daprdAs("order", {
    env: {
      ...sidecarMtls(foreign, "order"),
      DAPR_TRUST_ANCHORS: both,
      DAPR_HOST_IP: "127.0.0.1",
      NAMESPACE: "default",
    },
    sentry: foreign.sentryAddress,
    ports: { http, grpc, internal },
  });
  await eventually(
    "the foreign sidecar answers",
    async () => (await fetch(`http://127.0.0.1:${http}/v1.0/healthz/outbound`)).ok,
  );
  const call = () => fetch(`http://127.0.0.1:${http}/v1.0/invoke/payment/method${capture}`, json);
  const attack = () => reached(payment, call);
  try {
    // Whether it still reads why it was refused depends on who closes the connection first.
    const told = async () => /certificate|authentication handshake/.test(await (await call()).text());
    await eventually("it is told why", told);
    expect(await withAndWithout(mesh, "payment", { env: { DAPR_TRUST_ANCHORS: both } }, attack)).toEqual({
      refused: false,
      happened: true,
    });
  } finally {
    await daprd.stop();
    await sentry.stop();
  }
}, 120_000);

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

test("mTLS: who has no certificate is not heard by placement or scheduler, plainly or over TLS", async () => {
  const { PLACEMENT_PORT, SCHEDULER_PORT } = mesh.topology.supporting;
  const host = Buffer.concat([field(1, "x"), field(4, "actor"), field(5, "order"), field(8, "default")]);
  const jobs = field(1, Buffer.concat([field(1, "order"), field(2, "default"), field(3, field(1, ""))]));
  const attack = async (scheme: "http" | "https") => [
    await plainGrpc(PLACEMENT_PORT, "/dapr.proto.placement.v1.Placement/ReportDaprStatus", host, { scheme }),
    await plainGrpc(SCHEDULER_PORT, "/dapr.proto.scheduler.v1.Scheduler/ListJobs", jobs, { scheme }),
  ];
  const controlPlaneWith = async (args: (given: string[]) => string[]) => {
    const specs = controlPlane(mesh.dapr, mesh.topology, mesh.state, mesh.mtls);
    const kept = specs.map((spec) => keepRunning({ ...spec, args: args(spec.args) }, mesh.state));
    await waitUntilListening("placement", PLACEMENT_PORT, mesh.state);
    await waitUntilListening("scheduler", SCHEDULER_PORT, mesh.state);
    return () => Promise.all(kept.map((process) => process.stop()));
  };
  const stopWhole = await controlPlaneWith((args) => args);
  // Whether one still reads why, or only that the connection was reset, depends on who closes it first.
  const answers: string[] = [];
  const refuse = (scheme: "http" | "https", refusal: string) =>
    eventually(`both refuse over ${scheme}: ${refusal}`, async () => {
      const both = await attack(scheme);
      answers.push(...both);
      return both.every((answer) => answer.includes(refusal));
    });
  await refuse("http", "the connection was closed");
  await refuse("https", "certificate required");
  for (const answer of answers) expect(answer).not.toMatch(/^\d+$/);
  await stopWhole();
  const stopBare = await controlPlaneWith((args) => args.filter((arg) => !arg.startsWith("--tls-enabled")));
  // Placement takes us for a host until we hang up, which it calls unknown (2); the scheduler lists order's jobs.
  await eventually("both listen to anybody", async () => isDeepStrictEqual(await attack("http"), ["2", "0"]));
  await stopBare();
}, 60_000);

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
