import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareMtls, wantsMtls } from "../mtls.ts";
import { openSecrets } from "../runtime/secrets.ts";
import { openStateFolder, type StateFolder, wrappers } from "../state-folder.ts";
import { readTopology } from "../topology.ts";

let state: StateFolder;

beforeEach(() => {
  state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-mtls-")) });
});

afterEach(() => rmSync(state.root, { recursive: true, force: true }));

const prepare = (now?: number) => prepareMtls(readTopology({}), state, openSecrets(state), now);

test("mTLS is on unless it is said that it is off, and another word is refused", () => {
  expect(wantsMtls({})).toBe(true);
  expect(wantsMtls({ DAPR_MTLS: "" })).toBe(true);
  expect(wantsMtls({ DAPR_MTLS: "off" })).toBe(false);
  expect(() => wantsMtls({ DAPR_MTLS: "yes" })).toThrow(/DAPR_MTLS is "yes"/);
});

test("a sidecar that was given no certificates does not start, unless it is told that mTLS is off", () => {
  mkdirSync(join(state.dapr, "access"), { recursive: true });
  const startWith = (lines: string) => {
    writeFileSync(join(state.env, "cart.sidecar.env"), lines);
    return spawnSync("sh", [join(wrappers, "daprd.sh"), "--app-id", "cart"], {
      encoding: "utf8",
      // What the wrapper would start prints its arguments instead.
      env: {
        PATH: process.env.PATH,
        SOCKSHOP_STATE: state.root,
        SOCKSHOP_WRAPPERS: printing(),
        SOCKSHOP_DAPRD: "daprd",
      },
    });
  };
  expect(startWith("")).toMatchObject({ stdout: "", stderr: expect.stringContaining("SENTRY_ADDRESS") });
  expect(startWith("DAPR_MTLS='off'\n").stdout).not.toContain("--enable-mtls");
  expect(startWith("SENTRY_ADDRESS='127.0.0.1:1'\n").stdout).toContain("--enable-mtls");
});

function printing(): string {
  writeFileSync(join(state.root, "keep-running.sh"), 'echo "$@"\n');
  return state.root;
}

test("each app-id gets a token of its own that only its owner can read, and the key to check it has no secret part", () => {
  const { tokenFile } = prepare();
  const subjects = ["cart", "order", "dapr-placement"].map((id) => {
    expect(statSync(tokenFile(id)).mode & 0o777).toBe(0o600);
    const [, claims = ""] = readFileSync(tokenFile(id), "utf8").split(".");
    return JSON.parse(Buffer.from(claims, "base64url").toString()).sub;
  });
  expect(subjects).toEqual([
    "spiffe://public/ns/default/cart",
    "spiffe://public/ns/default/order",
    "spiffe://localhost/ns/default/dapr-placement",
  ]);
  const [key] = JSON.parse(readFileSync(join(state.sentry, "jwks.json"), "utf8")).keys;
  expect(key).toMatchObject({ kty: "OKP", crv: "Ed25519" });
  expect(key.d).toBeUndefined();
});

test("a root certificate is kept between starts, and makes way for a new one before it runs out", () => {
  const { trustAnchorsFile } = prepare();
  mkdirSync(join(state.sentry, "issuer"), { recursive: true });
  writeFileSync(trustAnchorsFile, rootUntil2027);
  prepare(Date.parse("2027-08-01"));
  expect(existsSync(trustAnchorsFile)).toBe(true);
  prepare(Date.parse("2027-09-01"));
  expect(existsSync(trustAnchorsFile)).toBe(false);
});

/** What a sentry made; valid until 25 November 2027. */
const rootUntil2027 = `-----BEGIN CERTIFICATE-----
MIIBKDCB26ADAgECAhEA8gR4m6c06F90O0YEXg2h+jAFBgMrZXAwFDESMBAGA1UE
ChMJbG9jYWxob3N0MB4XDTI2MTEyNTIwMDIyN1oXDTI3MTEyNTIwMTcyN1owFDES
MBAGA1UEChMJbG9jYWxob3N0MCowBQYDK2VwAyEAqZnQxzb+HvPGT+A7jKGGXxuI
ztCbnAUS9EHW+ZYMKTyjQjBAMA4GA1UdDwEB/wQEAwIChDAPBgNVHRMBAf8EBTAD
AQH/MB0GA1UdDgQWBBRGieAkyLSSHuFmpJTyhe+XCdHhHTAFBgMrZXADQQDfqeeJ
6g479xY5lLIAjk7UDRLadvNVgL388ZzHbvBM9nkX7RriLJp1kECM7LHLtMYkYCe7
l3qOACIDuOLl12EK
-----END CERTIFICATE-----
`;
