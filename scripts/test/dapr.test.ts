import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findOnMachine } from "../runtime/dapr.ts";
import { isCompatible, pinnedVersion } from "../runtime/dapr-version.ts";

let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "sockshop-machine-"));
});

afterEach(() => rmSync(machine, { recursive: true, force: true }));

function install(place: string, version: string, programs: string[]): string {
  const folder = join(machine, place);
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(folder, program), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  }
  return folder;
}

const slim = ["daprd", "placement", "scheduler"];
const whole = [...slim, "sentry"];

test("a runtime as `dapr init --slim` leaves it, without sentry, is used only where mTLS is switched off", async () => {
  const home = install("home", "1.18.4", slim);
  const later = install("later", "1.18.2", whole);
  expect(await findOnMachine("runtime", "1.18.2", [home], {})).toBeUndefined();
  expect(await findOnMachine("runtime", "1.18.2", [home, later], {})).toBe(later);
  expect(await findOnMachine("runtime", "1.18.2", [home, later], { DAPR_MTLS: "off" })).toBe(home);
});

test("an old or incomplete runtime is passed over for a later one on PATH", async () => {
  const old = install("old", "1.17.9", whole);
  const partial = install("partial", "1.18.2", ["daprd"]);
  const good = install("good", "1.18.2", whole);
  expect(await findOnMachine("runtime", "1.18.2", [old, partial, good], {})).toBe(good);
  expect(await findOnMachine("runtime", "1.18.2", [old, partial], {})).toBeUndefined();
});

test("a runtime serves at the pinned minor version and not older; a newer CLI serves too", () => {
  expect(isCompatible("runtime", "1.18.2", "1.18.2")).toBe(true);
  expect(isCompatible("runtime", "1.18.9", "1.18.2")).toBe(true);
  expect(isCompatible("runtime", "1.18.1", "1.18.2")).toBe(false);
  expect(isCompatible("runtime", "1.19.0", "1.18.2")).toBe(false);
  expect(isCompatible("cli", "1.17.0", "1.16.5")).toBe(true);
  expect(isCompatible("cli", "1.16.4", "1.16.5")).toBe(false);
  expect(isCompatible("cli", "2.0.0", "1.16.5")).toBe(false);
  expect(isCompatible("runtime", "", "1.18.2")).toBe(false);
});

test("the pinned versions are those of the Go modules", () => {
  expect(pinnedVersion("runtime")).toMatch(/^\d+\.\d+\.\d+$/);
  expect(pinnedVersion("cli")).toMatch(/^\d+\.\d+\.\d+$/);
});
