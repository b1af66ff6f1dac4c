import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { StateFolder } from "../state-folder.ts";

/** Both halves as JSON Web Keys. */
export interface KeyPair {
  publicJwk: string;
  privateJwk: string;
}

export interface Secrets {
  /** A random text that stays the same between starts, made when it is first asked for. */
  of(name: string): string;
  identityKeys: KeyPair;
  /** An Ed25519 key pair that stays the same between starts. */
  signingKey(name: string): KeyPair;
  /** Whether this start made the secret, so that it is shown to a person once. */
  isNew(name: string): boolean;
}

/** The shop's own secrets: made once, kept in a file that only its owner can read. */
export function openSecrets(state: StateFolder): Secrets {
  const known: Record<string, string> = existsSync(state.secretsFile)
    ? JSON.parse(readFileSync(state.secretsFile, "utf8"))
    : {};
  const fresh = new Set<string>();
  const remember = (name: string, make: () => string): string => {
    const existing = known[name];
    if (existing) return existing;
    const made = make();
    known[name] = made;
    fresh.add(name);
    save(state.secretsFile, known);
    return made;
  };
  const signingKey = (name: string) => {
    const privateJwk = remember(name, makeSigningKey);
    const { d: _secretPart, ...publicJwk } = JSON.parse(privateJwk);
    return { privateJwk, publicJwk: JSON.stringify(publicJwk) };
  };
  return {
    of: (name) => remember(name, () => randomBytes(24).toString("base64url")),
    identityKeys: signingKey("identity-private-key"),
    signingKey,
    isNew: (name) => fresh.has(name),
  };
}

function makeSigningKey(): string {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return JSON.stringify({ ...jwk, kid: randomUUID(), alg: "EdDSA", use: "sig" });
}

function save(file: string, secrets: Record<string, string>): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
