import { createHmac } from "node:crypto";
import type { Queryable } from "@sockshop/platform/database.ts";
import { Problem } from "@sockshop/platform/problem.ts";

/** An answer as it is kept and repeated, word for word. */
export type StoredAnswer = { orderId: string; status: number; location: string; body: string };
/** A key as one customer used it; the hash tells whether the request is the same without keeping it. */
export type KeyUse = { customerId: string; key: string; requestHash: string };

/** The header as the key of a request; throws a 400 for a missing or unusable one. */
export function idempotencyKey(header: string | undefined): string {
  const key = header?.trim();
  if (!key)
    throw new Problem(
      400,
      "idempotency-key-missing",
      "Send an Idempotency-Key header with a new UUID in it.",
    );
  if (key.length > 255)
    throw new Problem(400, "idempotency-key-too-long", "An Idempotency-Key has at most 255 characters.");
  return key;
}

/** A keyed hash of the request, whatever the order of its fields. */
export const requestHash = (secret: string, request: unknown): string =>
  createHmac("sha256", secret).update(canonical(request)).digest("hex");

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What was answered to this key; throws a 422 when that was to another request. */
export async function answerTo(db: Queryable, use: KeyUse): Promise<StoredAnswer | undefined> {
  const { rows } = await db.query<StoredAnswer & { requestHash: string }>(
    `select request_hash as "requestHash", order_id as "orderId", status, location, body
     from idempotency_keys where customer_id = $1 and key = $2`,
    [use.customerId, use.key],
  );
  const found = rows[0];
  if (found && found.requestHash !== use.requestHash)
    throw new Problem(
      422,
      "idempotency-key-reused",
      "This Idempotency-Key was used for another request. Send a new key with a new order.",
    );
  return found;
}

/** What was answered to this key, also when one of these others used it. */
export async function answerToAny(
  db: Queryable,
  use: KeyUse,
  others: string[],
): Promise<StoredAnswer | undefined> {
  for (const customerId of [use.customerId, ...others]) {
    const found = await answerTo(db, { ...use, customerId });
    if (found) return found;
  }
  return undefined;
}

export async function keepAnswer(tx: Queryable, use: KeyUse, answer: StoredAnswer): Promise<void> {
  await tx.query(
    `insert into idempotency_keys (customer_id, key, request_hash, order_id, status, location, body)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [use.customerId, use.key, use.requestHash, answer.orderId, answer.status, answer.location, answer.body],
  );
}

/** A guest's keys follow into the account; one that the account used itself stays the account's. */
export async function moveKeys(tx: Queryable, guestId: string, accountId: string): Promise<void> {
  await tx.query(
    `update idempotency_keys k set customer_id = $2 where customer_id = $1
       and not exists (select 1 from idempotency_keys own where own.customer_id = $2 and own.key = k.key)`,
    [guestId, accountId],
  );
}
