import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./state-folder.ts";

/**
 * `npm run licences`: the licence of every npm package in the lock file, and exit status 1 when one is unknown or asks more
 * than to be named. Those of Dapr's modules are told by `npm run sbom -- --licences`.
 */
const permissive = new Set([
  ...["MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"],
  ...["BlueOak-1.0.0", "CC0-1.0", "Unlicense", "Zlib", "PostgreSQL", "Python-2.0"],
]);

/** Packages under other licences, and why that is no trouble. */
const explained: { name: RegExp; licence: string; why: string }[] = [
  {
    name: /^lightningcss(-|$)/,
    licence: "MPL-2.0",
    why: "a tool of the storefront's build, used unchanged; no part of it is in what we ship",
  },
  {
    name: /^axe-core$/,
    licence: "MPL-2.0",
    why: "looks at our pages in tests, unchanged; no part of it is in what we ship",
  },
  {
    name: /^(ssh2|buildcheck|cpu-features)$/,
    licence: "unknown",
    why: "MIT by their files LICENSE, which their package.json names in an older way",
  },
  {
    name: /^@fontsource-variable\//,
    licence: "OFL-1.1",
    why: "fonts, shipped unchanged under their own names, which this licence is made for",
  },
];

export type Lock = { packages: Record<string, { version?: string; license?: string; link?: boolean }> };
type Licensed = { name: string; version: string; licence: string };

export function packagesIn(lock: Lock): Licensed[] {
  return Object.entries(lock.packages).flatMap(([path, { version = "", license = "unknown", link }]) => {
    const name = path.split("node_modules/").at(-1) ?? "";
    return path.includes("node_modules/") && !link ? [{ name, version, licence: license }] : [];
  });
}

/** What may not stay: one line a package. */
export function refused(packages: Licensed[]): string[] {
  return packages
    .filter(
      ({ name, licence }) =>
        !isFree(licence) && !explained.some((it) => it.name.test(name) && it.licence === licence),
    )
    .map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
}

/** An SPDX expression: one of the alternatives is enough, and of that all parts must be free. */
function isFree(expression: string): boolean {
  const alternatives = expression.replaceAll(/[()]/g, "").split(/\s+OR\s+/i);
  return alternatives.some((alternative) => alternative.split(/\s+AND\s+/i).every(isPermissive));
}

// One package writes its licence in small letters.
const isPermissive = (licence: string) =>
  [...permissive].some((known) => known.toLowerCase() === licence.toLowerCase());

function list(packages: Licensed[]): string[] {
  const byLicence = Map.groupBy(packages, ({ licence }) => licence);
  return [...byLicence]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([licence, its]) => {
      const names = [...new Set(its.map(({ name }) => name))].sort();
      const reasons = explained.filter(
        (it) => it.licence === licence && names.some((name) => it.name.test(name)),
      );
      const why = reasons.map((it) => `\n  (${it.name.source}: ${it.why})`).join("");
      return `${licence} (${names.length})${why}\n  ${names.join(", ")}`;
    });
}

if (import.meta.main) {
  const packages = packagesIn(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")));
  console.log(list(packages).join("\n"));
  const bad = refused(packages);
  if (bad.length > 0) {
    console.error(
      `\nThese are under an unknown licence, or one that asks more than to be named. Use others, or explain them in scripts/licences.ts:\n  ${bad.join("\n  ")}`,
    );
    process.exit(1);
  }
}
