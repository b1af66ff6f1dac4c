import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { repository } from "../state-folder.ts";
import { readTopology } from "../topology.ts";
import { renderTyeFile } from "../tye-file.ts";

const read = (...path: string[]) => readFileSync(join(repository, ...path), "utf8");
const port = z.int().min(1).max(65_535);
const text = z.string().min(1);

// The keys that tye documents in docs/reference/schema.md and docs/recipes/dapr.md of dotnet/tye, as far as executables
// and Dapr need them; a key that is not here is refused. exclude-placement-container is on no page, but in DaprExtension.cs.
const overridable = {
  "app-max-concurrency": z.int().optional(),
  "app-protocol": z.enum(["http", "grpc"]).optional(),
  "app-ssl": z.boolean().optional(),
  "components-path": text.optional(),
  config: text.optional(),
  "enable-profiling": z.boolean().optional(),
  "http-max-request-size": z.int().optional(),
  "log-level": z.enum(["debug", "info", "warn", "error", "fatal", "panic"]).optional(),
  "placement-port": port.optional(),
};
const sidecar = z.strictObject({
  ...overridable,
  "app-id": text.optional(),
  enabled: z.boolean().optional(),
  "grpc-port": port.optional(),
  "http-port": port.optional(),
  "metrics-port": port.optional(),
  "profile-port": port.optional(),
});
const probe = z.strictObject({
  http: z.strictObject({ path: text, port: port.optional(), protocol: z.enum(["http", "https"]).optional() }),
  period: z.int().min(1).optional(),
  timeout: z.int().min(1).optional(),
  successThreshold: z.int().min(1).optional(),
  failureThreshold: z.int().min(1).optional(),
});
const executable = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  executable: text,
  args: z.string().optional(),
  workingDirectory: text.optional(),
  env: z.array(z.union([text, z.strictObject({ name: text, value: z.string() })])).optional(),
  env_file: z.array(text).optional(),
  replicas: z.int().optional(),
  bindings: z
    .array(
      z.strictObject({
        name: text.optional(),
        protocol: text.optional(),
        host: text.optional(),
        port,
        routes: z.array(text).optional(),
      }),
    )
    .min(1),
  liveness: probe.optional(),
  readiness: probe.optional(),
});
const tyeFile = z.strictObject({
  name: text,
  namespace: text.optional(),
  network: text.optional(),
  dashboardPort: port.optional(),
  extensions: z.tuple([
    z.strictObject({
      name: z.literal("dapr"),
      ...overridable,
      "exclude-placement-container": z.boolean().optional(),
      services: z.record(text, sidecar),
    }),
  ]),
  services: z.array(executable).min(1),
});

const raw = parse(read("tye.yaml"));
const topology = readTopology({});

test("tye.yaml is what its source says now, in keys that tye documents, and a misspelt key is refused", () => {
  expect(read("tye.yaml") === renderTyeFile() ? "current" : "run npm run dapr:yaml").toBe("current");
  tyeFile.parse(raw);
  const misspelt = structuredClone(raw);
  misspelt.extensions[0].services.cart["http-prt"] = 3502;
  expect(tyeFile.safeParse(misspelt).success).toBe(false);
});

test("tye.yaml has the ids and ports of dapr.yaml and docker-compose.yml", () => {
  const { extensions, services } = tyeFile.parse(raw);
  const told = services.map(({ name, bindings }) => {
    const {
      "http-port": http,
      "grpc-port": grpc,
      "metrics-port": metrics,
    } = extensions[0].services[name] ?? {};
    return { id: name, ports: [bindings[0]?.port, http, grpc, metrics] };
  });
  const runFile = parse(read("dapr", "dapr.yaml")) as { apps: Record<string, number>[] };
  expect(told).toEqual(
    runFile.apps.map(({ appID, appPort, daprHTTPPort, daprGRPCPort, metricsPort }) => ({
      id: appID,
      ports: [appPort, daprHTTPPort, daprGRPCPort, metricsPort],
    })),
  );
  const containers = parse(read("docker-compose.yml"), { merge: true, maxAliasCount: -1 }).services;
  for (const { id, ports } of told)
    expect([id, containers[`${id}-network`].ports.map((p: string) => Number(p.split(":").at(-1)))]).toEqual([
      id,
      ports,
    ]);
  for (const [id, { enabled, ...own }] of Object.entries(extensions[0].services))
    expect([enabled, own["app-id"]]).toEqual([true, id]);
  expect(extensions[0]).toMatchObject({
    "placement-port": topology.supporting.PLACEMENT_PORT,
    "exclude-placement-container": true,
  });
});

test("the files that tye.yaml names exist", () => {
  const { extensions, services } = tyeFile.parse(raw);
  const components = extensions[0]["components-path"] ?? "";
  expect(existsSync(join(repository, components, `${extensions[0].config}.yaml`))).toBe(true);
  for (const { args = "" } of services)
    expect(existsSync(join(repository, args.split(" ")[0] ?? ""))).toBe(true);
});
