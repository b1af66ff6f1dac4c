import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../state-folder.ts";

interface Entry {
  hasInstallScript?: true;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as {
  packages: Record<string, Entry>;
};

test("the lock file holds every platform's packages, so that `npm ci` works on all of them", () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter((name) => !findUpwards(path, name)),
  );
  expect(missing).toEqual([]);
});

test("it is said of every package with a script of its own whether it may run it, and npm installs no other", () => {
  const { allowScripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const withScripts = Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)] : [],
  );
  expect([...new Set(withScripts)].sort()).toEqual(Object.keys(allowScripts).sort());
  expect(readFileSync(join(repository, ".npmrc"), "utf8")).toMatch(/^strict-allow-scripts=true$/m);
});

/** As Node resolves: beside the package, or in any node_modules above it. */
function findUpwards(from: string, name: string): boolean {
  for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/")))) {
    if (lock.packages[`${path ? `${path}/` : ""}node_modules/${name}`]) return true;
    if (!path.includes("/node_modules/")) return Boolean(lock.packages[`node_modules/${name}`]);
  }
}
