import { readFileSync } from "node:fs";
import { join } from "node:path";
import { topics } from "@sockshop/contracts/topics.ts";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { renderRunFile, runFileFor } from "../run-file.ts";
import { repository } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

const read = (...path: string[]) => readFileSync(join(repository, ...path), "utf8");
const committed = { folder: join(repository, "dapr"), stateFolder: join(repository, ".sockshop") };

test("dapr/dapr.yaml is what scripts/topology.ts says (npm run dapr:yaml writes it)", () => {
  expect(read("dapr", "dapr.yaml")).toBe(renderRunFile(readTopology({}), committed));
});

test("the committed run file is used as it is where no port is moved", () => {
  expect(runFileFor(readTopology({}), committed.stateFolder)).toBe(join(repository, "dapr", "dapr.yaml"));
});

test("every app has ports of its own and is started by its own name", () => {
  const { apps } = parse(read("dapr", "dapr.yaml")) as { apps: { appID: string; command: string[] }[] };
  for (const app of apps) expect(app.command.at(-1)).toBe(app.appID);
});

test("the sidecars let each app publish and hear the topics that the contracts give it, and no other", () => {
  const { spec } = parse(read("components", "pubsub.yaml")) as {
    spec: { metadata: { name: string; value?: string }[] };
  };
  const scopes = (name: string) => scopesIn(spec.metadata.find((entry) => entry.name === name)?.value ?? "");
  const apps = Object.keys(scopes("publishingScopes"));
  expect(apps).toEqual(expect.arrayContaining(readTopology({}).services.map(({ id }) => id)));
  expect(Object.keys(scopes("subscriptionScopes")).sort()).toEqual([...apps].sort());
  for (const app of apps) {
    expect(scopes("publishingScopes")[app], `${app} publishes`).toEqual(
      topicsOf((topic) => topics[topic].source === app),
    );
    const hears = topicsOf((topic) => (topics[topic].subscribers as readonly string[]).includes(app));
    expect(scopes("subscriptionScopes")[app], `${app} hears`).toEqual(hears);
  }
});

test("no sidecar repeats a call to an app", () => {
  const { spec } = parse(read("dapr", "resiliency.yaml"));
  expect(spec.policies.retries.never.maxRetries).toBe(0);
  for (const { id } of readTopology({}).services) expect(spec.targets.apps[id]).toEqual({ retry: "never" });
});

function topicsOf(wanted: (topic: keyof typeof topics) => boolean): string[] {
  return (Object.keys(topics) as (keyof typeof topics)[]).filter(wanted).sort();
}

function scopesIn(text: string): Record<string, string[]> {
  const entries = text.split(";").map((entry) => entry.trim().split("="));
  return Object.fromEntries(
    entries.map(([app = "", list = ""]) => [app, list === "" ? [] : list.split(",").sort()]),
  );
}
