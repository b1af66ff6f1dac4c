import type { PlaceOrder } from "../api.ts";

const storageKey = "sockshop.order-attempt";
type Attempt = { key: string; fingerprint: string; orderId?: string };

/**
 * The Idempotency-Key for this very order: the same for every retry, even after a reload, and a new one as soon as
 * anything in the order differs.
 */
export function attemptKey(order: PlaceOrder): string {
  const fingerprint = digest(JSON.stringify(order));
  const known = read();
  if (known?.fingerprint === fingerprint) return known.key;
  const key = randomKey();
  write({ key, fingerprint });
  return key;
}

/** Remembers what the attempt became. */
export function attemptAccepted(orderId: string): void {
  const known = read();
  if (known) write({ ...known, orderId });
}

/** After a rejected order the same form is a new attempt. */
export function forgetAttempt(orderId?: string): void {
  if (orderId === undefined || read()?.orderId === orderId) sessionStorage.removeItem(storageKey);
}

function read(): Attempt | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? "") as Attempt;
  } catch {
    return undefined;
  }
}

function write(attempt: Attempt): void {
  sessionStorage.setItem(storageKey, JSON.stringify(attempt));
}

// crypto.randomUUID is missing where the shop is visited over plain HTTP by another name than localhost.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );

/** A short fingerprint (FNV-1a, twice with different seeds), so that no address lies in the browser's storage. */
function digest(text: string): string {
  const half = (seed: number) => {
    let hash = seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(36);
  };
  return `${half(0x811c9dc5)}-${half(0x2f0b4c47)}`;
}
