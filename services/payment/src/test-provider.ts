import {
  type Database,
  openOutsideDatabase,
  type Transaction,
  withTransaction,
} from "@sockshop/platform/database.ts";
import { type PaymentProvider, type ProviderAnswer, ProviderFault } from "./provider.ts";

const slowMs = 5_000;
const flakyFailures = 2;

export type TestProvider = PaymentProvider & { close: () => Promise<void> };

/** The built-in provider: keeps its ledger in a database of its own, as an outside party would, and behaves as its tokens say. */
export async function openTestProvider(
  url: string,
  options: { slowMs?: number } = {},
): Promise<TestProvider> {
  const database = await openOutsideDatabase(url, new URL("../provider-migrations/", import.meta.url));
  return {
    find: (id) => findMovement(database, id),
    authorize: (movement) => authorize(database, movement, options.slowMs ?? slowMs),
    capture: (movement) => inLedger(database, movement, "capture", capture),
    void: (movement) => voidAuthorization(database, movement),
    refund: (movement) =>
      inLedger(database, movement, "refund", (tx, open) => refund(tx, open, movement.amountCents)),
    close: () => database.end(),
  };
}

type Authorization = {
  id: string;
  status: "authorized" | "declined" | "voided" | "captured";
  amount_cents: number;
  refuses_capture: boolean;
  captured_cents: number;
  refunded_cents: number;
};
type Booking = ProviderAnswer & { amountCents: number };

const done = (amountCents: number): Booking => ({ status: "done", amountCents });
const refused = (reason: string): Booking => ({ status: "refused", reason, amountCents: 0 });

async function findMovement(db: Pick<Database, "query">, id: string): Promise<ProviderAnswer | undefined> {
  const { rows } = await db.query<{ status: "done" | "refused"; reason: string | null }>(
    "select status, reason from movements where id = $1",
    [id],
  );
  const row = rows[0];
  if (!row) return undefined;
  return row.status === "done" ? { status: "done" } : { status: "refused", reason: row.reason ?? "" };
}

const declines = new Map([
  ["tok_declined", "declined"],
  ["tok_insufficient_funds", "insufficient-funds"],
]);
const accepted = new Set(["tok_visa", "tok_slow", "tok_flaky", "tok_lost_reply", "tok_capture_fails"]);

async function authorize(
  database: Database,
  movement: Parameters<PaymentProvider["authorize"]>[0],
  delayMs: number,
): Promise<ProviderAnswer> {
  const { id, token } = movement;
  const earlier = await findMovement(database, id);
  if (earlier) return earlier;
  if (token === "tok_flaky") await failAtFirst(database, id);
  const reason = declines.get(token) ?? (accepted.has(token) ? undefined : "unknown-token");
  const answer = await withTransaction(database, async (tx) => {
    const { rowCount } = await tx.query(
      `insert into authorizations (id, reference, status, amount_cents, currency, refuses_capture)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [
        id,
        movement.reference,
        reason ? "declined" : "authorized",
        movement.amountCents,
        movement.currency,
        token === "tok_capture_fails",
      ],
    );
    if (!rowCount) return (await findMovement(tx, id)) ?? refused("voided");
    return book(
      tx,
      { id, authorizationId: id, kind: "authorize" },
      reason ? refused(reason) : done(movement.amountCents),
    );
  });
  if (token === "tok_slow") await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (token === "tok_lost_reply") throw new ProviderFault("the reply was lost");
  return answer;
}

async function failAtFirst(database: Database, id: string): Promise<void> {
  const { rows } = await database.query<{ attempts: number }>(
    `insert into failed_attempts (movement_id, attempts) values ($1, 1)
     on conflict (movement_id) do update set attempts = failed_attempts.attempts + 1 returning attempts`,
    [id],
  );
  if ((rows[0]?.attempts ?? 0) <= flakyFailures) throw new ProviderFault("the provider stumbled");
}

type About = { id: string; authorizationId: string };
type Decision = (tx: Transaction, open: Authorization) => Promise<Booking>;

/** Decides on a movement under the authorization's lock, books it, and answers a repeat with what was booked. */
function inLedger(
  database: Database,
  about: About,
  kind: "capture" | "void" | "refund",
  decide: Decision,
): Promise<ProviderAnswer> {
  return withTransaction(database, async (tx) => {
    const { rows } = await tx.query<Authorization>("select * from authorizations where id = $1 for update", [
      about.authorizationId,
    ]);
    const open = rows[0];
    if (!open) return { status: "refused", reason: "unknown-authorization" };
    const { id, authorizationId } = about;
    return (await findMovement(tx, id)) ?? book(tx, { id, authorizationId, kind }, await decide(tx, open));
  });
}

async function capture(tx: Transaction, open: Authorization): Promise<Booking> {
  if (open.status !== "authorized") return refused(open.status);
  if (open.refuses_capture) return refused("capture-refused");
  await tx.query(
    "update authorizations set status = 'captured', captured_cents = amount_cents where id = $1",
    [open.id],
  );
  return done(open.amount_cents);
}

async function voidAuthorization(
  database: Database,
  movement: Parameters<PaymentProvider["void"]>[0],
): Promise<ProviderAnswer> {
  await withTransaction(database, async (tx) => {
    const { rowCount } = await tx.query(
      `insert into authorizations (id, reference, status, amount_cents, currency)
       values ($1, $2, 'voided', 0, '') on conflict do nothing`,
      [movement.authorizationId, movement.reference],
    );
    const { authorizationId } = movement;
    if (rowCount)
      await book(tx, { id: authorizationId, authorizationId, kind: "authorize" }, refused("voided"));
  });
  return inLedger(database, movement, "void", async (tx, open) => {
    if (open.status === "captured") return refused("captured");
    if (open.status !== "authorized") return done(0);
    await tx.query("update authorizations set status = 'voided' where id = $1", [open.id]);
    return done(open.amount_cents);
  });
}

async function refund(tx: Transaction, open: Authorization, amountCents: number): Promise<Booking> {
  if (open.captured_cents - open.refunded_cents < amountCents) return refused("exceeds-captured");
  await tx.query("update authorizations set refunded_cents = refunded_cents + $2 where id = $1", [
    open.id,
    amountCents,
  ]);
  return done(amountCents);
}

async function book(
  tx: Transaction,
  movement: About & { kind: string },
  booking: Booking,
): Promise<ProviderAnswer> {
  const { amountCents, ...answer } = booking;
  await tx.query(
    "insert into movements (id, authorization_id, kind, status, amount_cents, reason) values ($1, $2, $3, $4, $5, $6)",
    [
      movement.id,
      movement.authorizationId,
      movement.kind,
      answer.status,
      amountCents,
      answer.status === "refused" ? answer.reason : null,
    ],
  );
  return answer;
}
