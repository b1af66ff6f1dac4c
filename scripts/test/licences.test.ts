import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Lock, packagesIn, refused } from "../licences.ts";
import { repository } from "../state-folder.ts";

const faultsOf = (licences: Record<string, string | undefined>) =>
  refused(
    packagesIn({
      packages: Object.fromEntries(
        Object.entries(licences).map(([name, license]) => [
          `node_modules/${name}`,
          { version: "1.0.0", ...(license && { license }) },
        ]),
      ),
    }),
  );

test("every npm package we use is under a licence that asks no more than to be named, or is explained", () => {
  const packages = packagesIn(
    JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as Lock,
  );
  expect(packages.length).toBeGreaterThan(100);
  expect(refused(packages)).toEqual([]);
});

test("a package without a licence, or under one that spreads, is refused by name", () => {
  expect(faultsOf({ good: "MIT", silent: undefined, spreading: "AGPL-3.0-only" })).toEqual([
    "silent 1.0.0: unknown",
    "spreading 1.0.0: AGPL-3.0-only",
  ]);
});

test("of alternatives one is enough, of parts all are needed", () => {
  expect(faultsOf({ either: "(GPL-2.0-only OR MIT)", both: "MIT AND GPL-2.0-only" })).toEqual([
    "both 1.0.0: MIT AND GPL-2.0-only",
  ]);
});

test("what is explained for one package does not count for another", () => {
  expect(faultsOf({ lightningcss: "MPL-2.0", other: "MPL-2.0" })).toEqual(["other 1.0.0: MPL-2.0"]);
});
