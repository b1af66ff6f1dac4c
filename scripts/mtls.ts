import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShopFailure } from "./failure.ts";
import type { ProcessSpec } from "./processes.ts";
import type { Dapr } from "./runtime/dapr.ts";
import type { Secrets } from "./runtime/secrets.ts";
import { repository, type StateFolder } from "./state-folder.ts";
import type { Topology } from "./topology.ts";

/** How sidecars, placement and scheduler prove to each other who they are. */
export interface Mtls {
  sentryAddress: string;
  /** Root certificates that count, as PEM; a file, since sentry writes it when it first starts. */
  trustAnchorsFile: string;
  /** The file that entitles an app-id to its certificate. */
  tokenFile(appId: string): string;
}

const day = 86_400_000;
const namespace = "default";

/** Whether this start uses mTLS, which only DAPR_MTLS=off takes away. */
export function wantsMtls(env: Record<string, string | undefined>): boolean {
  const asked = env.DAPR_MTLS || "on";
  if (asked !== "on" && asked !== "off")
    throw new ShopFailure(`DAPR_MTLS is "${asked}".`, "Set it to on or off, or unset it.");
  return asked === "on";
}

/** Makes ready what sentry and those who ask it for certificates read at their start. */
export function prepareMtls(
  topology: Topology,
  state: StateFolder,
  secrets: Secrets,
  now = Date.now(),
): Mtls {
  forgetOldAuthority(state.sentry, now);
  const tokens = join(state.sentry, "tokens");
  for (const folder of [issuerFolder(state), tokens]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = secrets.signingKey("sentry-token-key");
  writeFileSync(jwksFile(state), JSON.stringify({ keys: [JSON.parse(key.publicJwk)] }), { mode: 0o600 });
  const tokenFile = (appId: string) => join(tokens, `${appId}.jwt`);
  const ids = [
    ...topology.services.map(({ id }) => [id, "public"]),
    ["dapr-placement", "localhost"],
    ["dapr-scheduler", "localhost"],
  ];
  for (const [id = "", trustDomain = ""] of ids)
    writeFileSync(tokenFile(id), tokenFor({ id, trustDomain, now }, key.privateJwk), { mode: 0o600 });
  return {
    sentryAddress: `127.0.0.1:${topology.supporting.SENTRY_PORT}`,
    trustAnchorsFile: join(issuerFolder(state), "ca.crt"),
    tokenFile,
  };
}

/** Sentry on loopback, with the issuer's credentials in the state folder: what it made once it finds again. */
export function sentryProcess(dapr: Dapr, topology: Topology, state: StateFolder): ProcessSpec {
  const ports = topology.supporting;
  const settings = {
    config: join(repository, "dapr", "sentry.yaml"),
    "issuer-credentials": issuerFolder(state),
    "trust-domain": "localhost",
    "listen-address": "127.0.0.1",
    port: ports.SENTRY_PORT,
    "healthz-listen-address": "127.0.0.1",
    "healthz-port": ports.SENTRY_HEALTH_PORT,
    "metrics-listen-address": "127.0.0.1",
    "metrics-port": ports.SENTRY_METRICS_PORT,
  };
  return {
    name: "sentry",
    command: dapr.sentry,
    args: Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    env: { ...process.env, SENTRY_JWKS: jwksFile(state) },
  };
}

/** What a sidecar's environment needs to take part (scripts/wrappers/daprd.sh gives it the flags). */
export function sidecarMtls(mtls: Mtls | undefined, appId: string): Record<string, string> {
  if (!mtls) return { DAPR_MTLS: "off" };
  return {
    DAPR_MTLS: "on",
    SENTRY_ADDRESS: mtls.sentryAddress,
    DAPR_TRUST_ANCHORS: readFileSync(mtls.trustAnchorsFile, "utf8"),
    DAPR_SENTRY_TOKEN_FILE: mtls.tokenFile(appId),
  };
}

const issuerFolder = (state: StateFolder) => join(state.sentry, "issuer");
const jwksFile = (state: StateFolder) => join(state.sentry, "jwks.json");

/**
 * Sentry's root lasts a year and sentry never renews it. All who trust it start with this shop, so a new one can simply take
 * its place, and does when the old one would not outlast the next three months.
 */
function forgetOldAuthority(folder: string, now: number): void {
  const root = join(folder, "issuer", "ca.crt");
  if (!existsSync(root)) return;
  const until = Date.parse(new X509Certificate(readFileSync(root)).validTo);
  if (until < now + 90 * day) rmSync(join(folder, "issuer"), { recursive: true });
}

/** A JSON Web Token as sentry's jwks validator wants it; it is used at each renewal, so it lasts as long as the root may. */
function tokenFor(
  { id, trustDomain, now }: { id: string; trustDomain: string; now: number },
  privateJwk: string,
): string {
  const jwk = JSON.parse(privateJwk) as { kid: string };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg: "EdDSA", typ: "JWT", kid: jwk.kid })}.${encode({
    sub: `spiffe://${trustDomain}/ns/${namespace}/${id}`,
    aud: "spiffe://localhost/ns/default/dapr-sentry",
    iat: Math.floor(now / 1000),
    exp: Math.floor((now + 366 * day) / 1000),
  })}`;
  const signature = sign(null, Buffer.from(content), createPrivateKey({ key: { ...jwk }, format: "jwk" }));
  return `${content}.${signature.toString("base64url")}`;
}
