import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { renderDashboardFile } from "../dashboard-file.ts";
import { databaseOwners } from "../runtime/databases.ts";
import { repository } from "../state-folder.ts";
import { renderForContainers } from "../telemetry-config.ts";
import { readTopology } from "../topology.ts";
import { sidecarTracing } from "../tracing.ts";

type Container = {
  image?: string;
  build?: { dockerfile: string; args: Record<string, string> };
  command?: string | string[];
  environment?: Record<string, string>;
  network_mode?: string;
  networks?: { default: { aliases: string[] } };
  ports?: string[];
  user?: string;
  restart?: string;
  read_only?: boolean;
  cap_drop?: string[];
  volumes?: string[];
  mem_limit?: string;
  healthcheck?: { test: string[] };
};

const text = readFileSync(join(repository, "docker-compose.yml"), "utf8");
const { services } = parse(text, { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, Container>;
};
const topology = readTopology({});
const containers = Object.entries(services);
/** A published port as it is where nothing is set: `127.0.0.1:3001:3001`. */
const standard = (value: string) => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
const portsOf = (name: string) => (services[name]?.ports ?? []).map(standard);

test.each(topology.services)(
  "$id has its app, its sidecar and their network, on the ports of the topology",
  (service) => {
    const { id, port, daprHttpPort, daprGrpcPort, daprMetricsPort } = service;
    const network = services[`${id}-network`];
    expect(network?.networks?.default.aliases).toEqual([id]);
    const own = [port, daprHttpPort, daprGrpcPort, daprMetricsPort];
    expect(portsOf(`${id}-network`)).toEqual(own.map((number) => `127.0.0.1:${number}:${number}`));
    expect(services[id]).toMatchObject({
      network_mode: `service:${id}-network`,
      command: [`${id}.env`, "node", `services/${id}/src/main.ts`],
    });
    expect(services[`${id}-sidecar`]).toMatchObject({
      network_mode: `service:${id}-network`,
      command: `${id} --app-port ${port} --dapr-http-port ${daprHttpPort} --dapr-grpc-port ${daprGrpcPort} --metrics-port ${daprMetricsPort}`,
    });
  },
);

test("every port is moved by the variable that moves it without containers", () => {
  const moved = containers.flatMap(([, { ports = [] }]) =>
    ports.map((port) => /\$\{(\w+):-(\d+)\}/.exec(port)),
  );
  const published = new Map(moved.map((found) => [found?.[1], Number(found?.[2])]));
  for (const { variable, port } of topology.claims)
    if (published.has(variable)) expect([variable, published.get(variable)]).toEqual([variable, port]);
  for (const variable of ["REDIS_PORT", "PLACEMENT_PORT", "SCHEDULER_PORT"])
    expect(published.has(variable)).toBe(true);
});

test("every owner of a database has a PostgreSQL of its own", () => {
  for (const { owner, database } of databaseOwners(topology))
    expect(services[`${owner}-database`]?.environment).toMatchObject({ OWNER: owner, DATABASE: database });
});

test("a database's volume is the folder that the images of PostgreSQL 18 give to postgres, and holds its data", () => {
  const databases = containers.filter(([name]) => name.endsWith("-database"));
  expect(databases).toHaveLength(databaseOwners(topology).length);
  for (const [name, { volumes = [], environment }] of databases) {
    // They have no folder data below it: a volume there would be root's, which postgres cannot write.
    expect(volumes).toContain(`${name}:/var/lib/postgresql`);
    for (const volume of volumes) expect(volume).not.toContain("/var/lib/postgresql/data");
    expect(environment?.PGDATA).toBe("/var/lib/postgresql/18/docker");
  }
});

test.each(containers)("%s is kept to what it needs", (name, container) => {
  expect(container).toMatchObject({ read_only: true, cap_drop: ["ALL"], mem_limit: expect.any(String) });
  if (name !== "setup") expect(container.restart).toBe("unless-stopped");
  for (const port of container.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  for (const image of [container.image, ...Object.values(container.build?.args ?? {})].filter(Boolean))
    expect(image).toMatch(/^\$\{[A-Z]+_IMAGE:-[\w./-]+(:[\w.-]*\d[\w.-]*|\/service|\/daprd)\}$/);
});

test("whatever runs for long tells whether it is well", () => {
  // Which own a network and do nothing, have a check in their image, or have neither shell nor client.
  const without = [...topology.services.map(({ id }) => `${id}-network`), "setup", "zipkin", "dashboard"];
  expect(
    containers
      .filter(([, { healthcheck }]) => !healthcheck)
      .map(([name]) => name)
      .toSorted(),
  ).toEqual(without.toSorted());
});

test("an image has the same version wherever it is named", () => {
  for (const { dockerfile = "", args = {} } of containers.flatMap(([, { build }]) => build ?? []))
    for (const [name, image] of Object.entries(args))
      expect(readFileSync(join(repository, dockerfile), "utf8")).toContain(
        `ARG ${name}=${standard(image)}\n`,
      );
  const [redis, postgres] = ["redis", "catalog-database"].map((name) =>
    standard(services[name]?.image ?? "").split(":"),
  );
  const elsewhere = {
    "deploy/kubernetes/base/kustomization.yaml": `name: redis\n    newTag: ${redis?.[1]}\n`,
    "tests/compose/stand-ins.ts": `"redis:${redis?.[1]}"`,
    "services/platform/test/postgres-in-container.ts": `"postgres:${postgres?.[1]}"`,
    // Of another distribution, but the same PostgreSQL.
    "deploy/kubernetes/base/postgres.yaml": `/postgresql:${postgres?.[1]?.split("-")[0]}-`,
  };
  for (const [file, text] of Object.entries(elsewhere))
    expect([file, readFileSync(join(repository, file), "utf8")]).toEqual([
      file,
      expect.stringContaining(text),
    ]);
});

test("an app and its sidecar run as users of their own, which may read their own secrets only", () => {
  topology.services.forEach(({ id }, index) => {
    expect(services[id]?.user).toBe(`${10_000 + index}:${10_000 + index}`);
    expect(services[`${id}-sidecar`]?.user).toBe(`${10_100 + index}:${10_100 + index}`);
  });
});

test("the image knows the packages of every workspace that it needs", () => {
  const dockerfile = readFileSync(join(repository, "deploy", "compose", "Dockerfile"), "utf8");
  for (const name of readdirSync(join(repository, "services")))
    if (existsSync(join(repository, "services", name, "package.json")))
      expect(dockerfile).toContain(`COPY services/${name}/package.json services/${name}/\n`);
});

test("every stage of a Dockerfile that a page names exists", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "deploy/compose/README.md", "deploy/kubernetes/README.md"];
  const named = pages.flatMap((page) => [
    ...readFileSync(join(repository, page), "utf8").matchAll(/docker build -f (\S+) .*--target (\S+)/g),
  ]);
  expect(named).not.toEqual([]);
  for (const [, dockerfile = "", stage] of named)
    expect(readFileSync(join(repository, dockerfile), "utf8")).toMatch(
      new RegExp(`^FROM .* AS ${stage}$`, "m"),
    );
});

const inFolder = (file: string) => readFileSync(join(repository, "deploy", "compose", file), "utf8");

test("Prometheus and Alertmanager are given what their sources say now, the shared rules and their tokens", () => {
  for (const [file, text] of Object.entries(renderForContainers()))
    expect([file, inFolder(file) === text ? "current" : "run npm run dapr:yaml"]).toEqual([file, "current"]);
  const mounted = (name: string) =>
    (services[name]?.volumes ?? []).map((volume) => standard(volume).split(":").slice(0, 2));
  expect(mounted("prometheus")).toEqual(
    expect.arrayContaining([
      ["./deploy/compose/prometheus.yml", "/etc/prometheus/prometheus.yml"],
      ["./deploy/prometheus/rules.yaml", "/etc/prometheus/rules.yaml"],
      ["./deploy/compose/targets", "/etc/prometheus/targets"],
      ["secrets", "/run/sockshop"],
    ]),
  );
  expect(mounted("alertmanager")).toContainEqual(["secrets", "/run/sockshop"]);
});

test("the dashboard is given every sidecar's id and its app's port, in the words that it looks for", () => {
  expect(inFolder("dashboard.yml") === renderDashboardFile() ? "current" : "run npm run dapr:yaml").toBe(
    "current",
  );
  expect(services.dashboard?.volumes).toContain(
    "./deploy/compose/dashboard.yml:/home/nonroot/docker-compose.yml:ro",
  );
  const given = parse(inFolder("dashboard.yml")) as { services: Record<string, Required<Container>> };
  const after = (command: string[], flag: string) => command[command.indexOf(flag) + 1];
  expect(
    Object.values(given.services).map(({ image, command }) => {
      const words = [command].flat();
      return [image.includes("daprd"), after(words, "--app-id"), after(words, "--app-port")];
    }),
  ).toEqual(topology.services.map(({ id, port }) => [true, id, String(port)]));
});

test("Prometheus asks nobody but containers of this file, on ports that they listen on", () => {
  const { scrape_configs: jobs } = parse(inFolder("prometheus.yml")) as {
    scrape_configs: { job_name: string; static_configs?: { targets: string[] }[] }[];
  };
  const known = [
    ...topology.services.map(({ id, daprMetricsPort }) => `${id}:${daprMetricsPort}`),
    ...["placement", "scheduler", "sentry"].map(
      (part) => `${part}:${/--metrics-port=(\d+)/.exec(commandOf(part))?.[1]}`,
    ),
    ...["prometheus:9090", "alertmanager:9093"],
  ];
  const asked = jobs
    .filter(({ job_name }) => job_name !== "services")
    .flatMap(({ static_configs = [] }) => static_configs.flatMap(({ targets }) => targets));
  expect(asked.toSorted()).toEqual(known.toSorted());
});

/** What a container runs; sentry's flags are in a script of its own. */
const commandOf = (name: string) => [services[name]?.command ?? inFolder(`${name}.sh`)].flat().join(" ");

test("sidecars send their spans to Zipkin's container, and begin no traces, as without containers", () => {
  const { spec } = parse(inFolder("dapr-config.yaml")) as { spec: { tracing: object } };
  const { environment } = services.setup ?? {};
  expect(spec.tracing).toEqual(sidecarTracing(environment?.ZIPKIN_URL ?? ""));
  expect(environment?.TRACES_URL).toMatch(/\/zipkin\/traces$/);
});
