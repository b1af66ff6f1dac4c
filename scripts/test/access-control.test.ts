import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { callsBetween } from "@sockshop/contracts/calls.ts";
import { expect, test } from "vitest";
import { accessFolder, renderAccessControl } from "../access-control.ts";
import { repository } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

const appIds = readTopology({}).services.map(({ id }) => id);

test("dapr/access is what the contracts say (npm run dapr:yaml writes it)", () => {
  expect(readdirSync(accessFolder).sort()).toEqual(appIds.map((app) => `${app}.yaml`).sort());
  for (const app of appIds)
    expect(readFileSync(join(accessFolder, `${app}.yaml`), "utf8")).toBe(renderAccessControl(app, appIds));
});

test("every call that a service writes down is in the table of calls", () => {
  const written = /\.(?:call|invoke)\(\s*"(\w+)",\s*"([A-Z]+)",\s*[`"]([^`"?]+)/g;
  const known = callsBetween(appIds).map(({ from, to, verb, path }) => `${from} ${to} ${verb} ${path}`);
  const found: string[] = [];
  for (const file of globSync("services/*/src/**/*.ts", { cwd: repository })) {
    const from = file.split("/")[1];
    for (const [, to, verb, path = ""] of readFileSync(join(repository, file), "utf8").matchAll(written)) {
      const asPattern = new RegExp(`^${from} ${to} ${verb} ${path.replace(/\$\{[^}]+\}/g, "[^/]+")}$`);
      found.push(path);
      expect(
        known.some((call) => asPattern.test(call)),
        `${from} calls ${to}: ${verb} ${path}`,
      ).toBe(true);
    }
  }
  expect(found.length).toBeGreaterThan(5);
});
