import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { logTopic, topics } from "@sockshop/contracts/topics.ts";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { databases, replicas, secretNames, services } from "../kubernetes/settings.ts";
import type { Manifest } from "../kubernetes/validation.ts";
import { manifestFolder, renderManifests } from "../kubernetes/write-manifests.ts";
import { files, named, ofKind, podOf, secrets, workloads } from "./manifests.ts";

test("what is written is what its sources say now", () => {
  for (const [file, text] of Object.entries(renderManifests()))
    expect([
      file,
      readFileSync(join(manifestFolder, file), "utf8") === text ? "current" : "run npm run kubernetes:yaml",
    ]).toEqual([file, "current"]);
});

test("every service runs under its app-id, on its port, with a configuration, a budget and a second instance", () => {
  expect(
    ofKind("Deployment")
      .map(({ metadata }) => metadata.name)
      .toSorted(),
  ).toEqual(services.map(({ id }) => id).toSorted());
  for (const { id, port } of services) {
    const { metadata, spec } = podOf(named("Deployment", id));
    expect(metadata.annotations).toMatchObject({
      "dapr.io/app-id": id,
      "dapr.io/app-port": String(port),
      "dapr.io/config": id,
    });
    expect(spec.containers[0]?.ports).toEqual([{ name: "http", containerPort: port }]);
    expect(named("Configuration", id)).toBeDefined();
    expect(named("PodDisruptionBudget", id).spec).toMatchObject({ maxUnavailable: 1 });
    const { min, max } = replicas[id];
    expect([id, min >= 2]).toEqual([id, true]);
    if (min === max) expect(named("Deployment", id).spec).toMatchObject({ replicas: min });
    else
      expect(named("HorizontalPodAutoscaler", id).spec).toMatchObject({ minReplicas: min, maxReplicas: max });
  }
});

test("components name no app, topic or secret that does not exist", () => {
  const apps = services.map(({ id }) => id as string);
  const known = [...Object.keys(topics), logTopic.name];
  for (const component of ofKind("Component") as (Manifest & {
    scopes?: string[];
    spec: { metadata: { name: string; value?: string; secretKeyRef?: { name: string } }[] };
  })[]) {
    for (const app of component.scopes ?? []) expect(apps).toContain(app);
    for (const { name, value } of component.spec.metadata.filter(({ name }) => /Scopes|Topics/.test(name)))
      for (const topic of (value ?? "").split(/[;,=]/).filter((word) => word.includes("-")))
        expect([name, known.includes(topic)]).toEqual([name, true]);
    for (const { secretKeyRef } of component.spec.metadata.filter(({ secretKeyRef }) => secretKeyRef))
      for (const app of component.scopes ?? [])
        expect(
          secrets.find(({ metadata }) => metadata.name === secretNames.sidecar(app))?.stringData,
        ).toHaveProperty(`COMPONENT_${secretKeyRef?.name}`);
  }
});

/** Every `secret:key` that a pod, a sidecar, a role, a scrape or the cluster asks for. */
function askedSecrets(): string[] {
  const asked = workloads.flatMap((workload) => {
    const { metadata, spec } = podOf(workload);
    const annotations = metadata.annotations ?? {};
    const tokens = ["api", "app"]
      .map((which) => annotations[`dapr.io/${which}-token-secret`])
      .filter(Boolean);
    return [
      ...spec.containers.flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }) =>
          valueFrom ? [`${valueFrom.secretKeyRef.name}:${valueFrom.secretKeyRef.key}`] : [],
        ),
      ),
      ...spec.volumes.flatMap(({ secret }) =>
        secret && secret.secretName !== "postgres-ca" ? [`${secret.secretName}:users.acl`] : [],
      ),
      ...tokens.map((name) => `${name}:token`),
      ...(annotations["dapr.io/env-from-secret"] ?? "")
        .split(",")
        .filter(Boolean)
        .map((part) => part.split("=")[1] ?? ""),
    ];
  });
  return [...new Set([...asked, ...databases.map(({ name }) => `${secretNames.role(name)}:password`)])];
}

test("every secret that is asked for is made, and none that nobody asks for; none is committed", () => {
  const made = secrets.flatMap(({ metadata, stringData }) =>
    Object.keys(stringData).map((key) => `${metadata.name}:${key}`),
  );
  expect(askedSecrets().toSorted()).toEqual(made.filter((name) => !name.endsWith(":username")).toSorted());
  expect(ofKind("Secret")).toEqual([]);
  expect(new Set(secrets.map(({ metadata }) => metadata.name)).size).toBe(secrets.length);
});

test("CloudNativePG hears of a changed password of every role", () => {
  for (const { name } of databases)
    expect(secrets.find(({ metadata }) => metadata.name === secretNames.role(name))?.metadata.labels).toEqual(
      { "cnpg.io/reload": "true" },
    );
});

test("pods ask for nothing that a restricted namespace refuses, and have limits", () => {
  for (const workload of workloads) {
    const { spec } = podOf(workload);
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
  }
});

test("the roles' connections fit into the server, and every database is its role's alone", () => {
  const { postgresql, managed } = named("Cluster", "postgres").spec as {
    postgresql: { parameters: { max_connections: string }; pg_hba: string[] };
    managed: { roles: { name: string; connectionLimit: number }[] };
  };
  const sum = managed.roles.reduce((total, { connectionLimit }) => total + connectionLimit, 0);
  expect(sum).toBeLessThan(Number(postgresql.parameters.max_connections));
  expect(managed.roles.map(({ name }) => name)).toEqual(
    ofKind("Database").map(({ metadata }) => metadata.name),
  );
  expect(postgresql.pg_hba.at(-1)).toBe("host all all all reject");
  for (const database of ofKind("Database"))
    expect(database.spec).toMatchObject({ name: database.metadata.name, owner: database.metadata.name });
});

test("PostgreSQL sorts, and knows letters, as it does in containers", () => {
  const { initdb } = (named("Cluster", "postgres").spec as { bootstrap: { initdb: object } }).bootstrap;
  const compose = readFileSync(join(manifestFolder, "..", "..", "docker-compose.yml"), "utf8");
  const [, provider, locale] = /--locale-provider=(\S+) --locale=(\S+)/.exec(compose) ?? [];
  // initdb's --locale is all of these; CloudNativePG fills in C for the last two.
  const both = { localeCollate: locale, localeCType: locale };
  expect(initdb).toMatchObject({ localeProvider: provider, builtinLocale: locale, ...both });
});

type Relabeling = { targetLabel: string; replacement?: string };

test("the alerts' rules find every job that they name, and the service in each, among what is scraped", () => {
  const endpoints = ofKind("PodMonitor").flatMap(
    ({ spec }) => (spec as { podMetricsEndpoints: { relabelings?: Relabeling[] }[] }).podMetricsEndpoints,
  );
  const jobs = endpoints.flatMap(({ relabelings = [] }) => {
    const job = relabelings.find(({ targetLabel }) => targetLabel === "job")?.replacement;
    return job && relabelings.some(({ targetLabel }) => targetLabel === "service") ? [job] : [];
  });
  const rules = JSON.stringify(named("PrometheusRule", "sockshop").spec);
  const wanted = [...rules.matchAll(/job=~?\\"([^"\\]+)/g)].flatMap(([, list = ""]) => list.split("|"));
  // Whoever watches something of his own beside the shop calls it so.
  const extra = "extra";
  expect([...new Set(wanted)].toSorted()).toEqual([...jobs, extra].toSorted());
});

test("Dapr's own parts are scraped under the names that they have in containers", () => {
  const { selector, podMetricsEndpoints } = named("PodMonitor", "dapr").spec as {
    selector: { matchExpressions: { values: string[] }[] };
    podMetricsEndpoints: { relabelings: { targetLabel: string; regex?: string }[] }[];
  };
  const relabeling = podMetricsEndpoints[0]?.relabelings.find(({ targetLabel }) => targetLabel === "service");
  const pattern = new RegExp(`^(?:${relabeling?.regex})$`);
  const prometheus = readFileSync(
    join(manifestFolder, "..", "..", "deploy", "compose", "prometheus.yml"),
    "utf8",
  );
  const { scrape_configs: jobs } = parse(prometheus) as {
    scrape_configs: { job_name: string; static_configs: { labels: { service: string } }[] }[];
  };
  const parts = jobs.find(({ job_name }) => job_name === "dapr")?.static_configs ?? [];
  expect(selector.matchExpressions[0]?.values.map((app) => pattern.exec(app)?.[1])).toEqual(
    parts.map(({ labels }) => labels.service),
  );
});

test("every file is part of a kustomization", () => {
  for (const file of files.filter((name) => name.endsWith("kustomization.yaml"))) {
    const folder = file.slice(0, -"kustomization.yaml".length);
    const { resources } = parse(readFileSync(join(manifestFolder, file), "utf8")) as { resources: string[] };
    const there = files
      .filter((name) => name.startsWith(folder) && name !== file)
      .map((name) => name.slice(folder.length));
    expect(resources.toSorted()).toEqual(there.toSorted());
  }
});

test("a proxy that runs beside its Gateway is let in and out, and to the gateway service", () => {
  const proxy = {
    matchLabels: {
      "gateway.networking.k8s.io/gateway-name": ofKind("Gateway").map(({ metadata }) => metadata.name)[0],
    },
  };
  expect(named("NetworkPolicy", "entry-proxy").spec).toMatchObject({
    podSelector: proxy,
    ingress: [{}],
    egress: [{}],
  });
  const { ingress } = named("NetworkPolicy", "entry").spec as { ingress: { from: object[] }[] };
  expect(ingress[0]?.from).toContainEqual({ podSelector: proxy });
});

type Overlay = {
  images: { name: string; newName?: string }[];
  configMapGenerator: { literals: string[] }[];
  patches: { target: { kind: string }; patch: string }[];
};
const overlay = (name: string): Overlay =>
  parse(readFileSync(join(manifestFolder, "overlays", name, "kustomization.yaml"), "utf8"));

test("an overlay has a place for the registry, and the example one for its host on every listener", () => {
  for (const name of ["small", "example"])
    expect(overlay(name).images).toContainEqual(
      expect.objectContaining({ name: "sockshop-service", newName: expect.any(String) }),
    );
  const { configMapGenerator, patches } = overlay("example");
  const url = configMapGenerator[0]?.literals.find((line) => line.startsWith("PUBLIC_URL="));
  const host = new URL(url?.slice("PUBLIC_URL=".length) ?? "").host;
  const gateway = parse(patches.find(({ target }) => target.kind === "Gateway")?.patch ?? "");
  const { listeners } = named("Gateway", "shop").spec as { listeners: object[] };
  for (const index of listeners.keys())
    expect(gateway).toContainEqual({
      op: "replace",
      path: `/spec/listeners/${index}/hostname`,
      value: host,
    });
});

test("the README's files and folders exist", () => {
  const readme = readFileSync(join(manifestFolder, "README.md"), "utf8");
  for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g))
    expect([path, existsSync(join(manifestFolder, path ?? ""))]).toEqual([path, true]);
});
