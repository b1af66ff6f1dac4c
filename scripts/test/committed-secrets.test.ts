import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../state-folder.ts";

const looksLikeASecret = {
  "a private key (PEM)": /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  "a private key (JWK)": /["']?\bd["']?\s*:\s*["'][A-Za-z0-9_-]{32,}["']/,
  // A variable in the place of the password is none: $(PASSWORD), ${password}, <password>.
  "an address with a password": /\b[a-z][a-z0-9+]*:\/\/[^\s/:@"'`<>]*:[^\s/@"'`<>${}()]+@/,
};

/** Files whose addresses hold passwords that open nothing, each with those passwords. */
const knownToOpenNothing: Record<string, RegExp> = {
  "scripts/test/processes.test.ts": /:hidden@/g,
  "scripts/test/service-env.test.ts": /:s%40crt@/g,
};

function findings(file: string): string[] {
  const text = readFileSync(join(repository, file), "utf8").replace(knownToOpenNothing[file] ?? /$^/, "@");
  return Object.entries(looksLikeASecret).flatMap(([what, pattern]) =>
    pattern.test(text) ? [`${file}: ${what}`] : [],
  );
}

// A copy without history has nothing that says what is committed.
const committed = test.skipIf(!existsSync(join(repository, ".git")));

committed("no private key and no address with a password is committed", () => {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: repository, encoding: "utf8" });
  const files = listed.split("\0").filter((file) => file && existsSync(join(repository, file)));
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap(findings)).toEqual([]);
});

test("each kind of secret would be found", () => {
  const dashes = "-".repeat(5);
  const samples = [
    `${dashes}BEGIN EC PRIVATE KEY${dashes}`,
    JSON.stringify({ kty: "OKP", d: "x".repeat(43) }),
    ["postgres://order:", "opensesame@db/orders"].join(""),
  ];
  expect(Object.values(looksLikeASecret).map((pattern, i) => pattern.test(samples[i] ?? ""))).toEqual([
    true,
    true,
    true,
  ]);
});
