import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSecrets } from "../runtime/secrets.ts";
import { writeEnvironments } from "../service-env.ts";
import { openStateFolder, type StateFolder } from "../state-folder.ts";
import { readTopology } from "../topology.ts";
import { named, podOf } from "./manifests.ts";

let state: StateFolder;

beforeEach(() => {
  state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-env-")) });
});

afterEach(() => rmSync(state.root, { recursive: true, force: true }));

function write(env: Record<string, string> = {}): void {
  const topology = readTopology({});
  const databases = Object.fromEntries(
    [...topology.services.map(({ id }) => id as string), "workflow", "provider"].map((owner) => [
      owner,
      `postgres://${owner}`,
    ]),
  );
  const admin = { email: "admin@sockshop.example", password: 'it\'s $HOME "quoted"' };
  const secrets = openSecrets(state);
  writeEnvironments({
    env,
    topology,
    state,
    secrets,
    runtime: "node",
    databases,
    redis: Object.fromEntries(
      topology.services.map(({ id }) => [id, `redis://${id}:s%40crt@127.0.0.1:6380`]),
    ),
    admin,
  });
}

function sourced(name: string): Record<string, string> {
  const script = `set -a; . "${join(state.env, `${name}.env`)}"; env -0`;
  const output = execFileSync("sh", ["-c", script], { encoding: "utf8", env: { PATH: process.env.PATH } });
  return Object.fromEntries(
    output.split("\0").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

test("a shell reads back exactly what was written, quotes and dollars too", () => {
  write();
  expect(sourced("gateway").ADMIN_PASSWORD).toBe('it\'s $HOME "quoted"');
  expect(JSON.parse(sourced("gateway").IDENTITY_PRIVATE_KEY ?? "")).toMatchObject({
    crv: "Ed25519",
    alg: "EdDSA",
  });
});

test("the signing key, the administrator's password and another's database reach no service but their own", () => {
  write();
  for (const { id } of readTopology({}).services.filter(({ id }) => id !== "gateway")) {
    const text = readFileSync(join(state.env, `${id}.env`), "utf8");
    expect(text).not.toMatch(/PRIVATE_KEY|ADMIN_PASSWORD|SESSION_SECRET|"d":/);
    // The test payment provider lives in payment's process, with a database of its own.
    const owners = id === "payment" ? ["payment", "provider"] : [id];
    const databases = text.match(/postgres:\/\/\w+/g) ?? [];
    expect(databases.sort()).toEqual(owners.map((owner) => `postgres://${owner}`));
  }
  expect(readFileSync(join(state.env, "cart.sidecar.env"), "utf8")).not.toContain("postgres://");
});

test("a service and its sidecar share two tokens that no other pair has", () => {
  write();
  const tokens = readTopology({}).services.map(({ id }) => {
    const [service, sidecar] = [sourced(id), sourced(`${id}.sidecar`)];
    expect(service.DAPR_API_TOKEN).toBe(sidecar.DAPR_API_TOKEN);
    expect(service.APP_API_TOKEN).toBe(sidecar.APP_API_TOKEN);
    return [service.DAPR_API_TOKEN, service.APP_API_TOKEN];
  });
  expect(new Set(tokens.flat()).size).toBe(tokens.length * 2);
});

test("only their owner can read the files, and a second start finds the same secrets", () => {
  write();
  const before = sourced("order");
  write();
  expect(sourced("order")).toEqual(before);
  for (const file of [join(state.env, "order.env"), state.secretsFile])
    expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a sidecar gets Redis's address, its own user and its password apart", () => {
  write();
  expect(sourced("cart.sidecar")).toMatchObject({
    COMPONENT_REDIS_HOST: "127.0.0.1:6380",
    COMPONENT_REDIS_USERNAME: "cart",
    COMPONENT_REDIS_PASSWORD: "s@crt",
    COMPONENT_REDIS_TLS: "false",
  });
});

test("what the user sets passes through to every service", () => {
  write({ RATE_LIMIT_PER_MINUTE: "6000" });
  expect(sourced("catalog").RATE_LIMIT_PER_MINUTE).toBe("6000");
});

test("the proxies before the door are the gateway's business alone", () => {
  write({ TRUST_PROXY: "1" });
  expect(sourced("gateway").TRUST_PROXY).toBe("1");
  expect(sourced("order").TRUST_PROXY).toBeUndefined();
});

// What a cluster has no use for: the runtime is the image's, the storefront lies where the image has it, and Dapr's control
// plane and Prometheus are watched by whoever runs the cluster: it reads each pod with METRICS_TOKEN, and alerts go elsewhere.
const localOnly = [
  ...["SOCKSHOP_RUNTIME", "STOREFRONT_DIR", "SCRAPE_TOKEN", "ALERTS_TOKEN"],
  ...["PLACEMENT_HEALTH_URL", "SCHEDULER_HEALTH_URL", "OPTIONAL_PARTS_FILE"],
];
// By Dapr's injector, and by the map of settings in deploy/kubernetes/base/kustomization.yaml.
const givenOtherwise = ["DAPR_HTTP_PORT", "DAPR_GRPC_PORT", "PUBLIC_URL"];

test("on Kubernetes a service and its sidecar are told everything that they are told here", () => {
  write();
  const outside = new Set([...localOnly, ...givenOtherwise]);
  const variables = (file: string) =>
    [...readFileSync(join(state.env, file), "utf8").matchAll(/^([A-Z_]+)=/gm)].flatMap(
      ([, name]) => name ?? [],
    );
  for (const { id } of readTopology({}).services) {
    const { metadata, spec } = podOf(named("Deployment", id));
    const given = spec.containers[0]?.env?.map(({ name }) => name) ?? [];
    const missing = variables(`${id}.env`).filter((name) => !given.includes(name) && !outside.has(name));
    expect([id, missing]).toEqual([id, []]);
    const secrets = metadata.annotations?.["dapr.io/env-from-secret"]
      ?.split(",")
      .map((part) => part.split("=")[0]);
    const components = variables(`${id}.sidecar.env`).filter((name) => name.startsWith("COMPONENT_"));
    expect([id, secrets]).toEqual([id, components]);
  }
});
