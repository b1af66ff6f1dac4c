import type { PaymentOutcome } from "@sockshop/contracts/payment.ts";
import type { Transaction } from "@sockshop/platform/database.ts";

export type OperationName = "authorize" | "capture" | "void" | `refund:${string}`;

/** One step the checkout asked for, as its row holds it. */
export type Operation = {
  orderId: string;
  name: OperationName;
  generation: number;
  status: "requested" | "done" | "refused" | "undone";
  movementId: string;
  amountCents: number;
  currency: string;
  reason: string | null;
};
export type Operations = Map<OperationName, Operation>;

const columns = `order_id as "orderId", operation as name, generation, status, movement_id as "movementId",
  amount_cents as "amountCents", currency, reason`;

/** Every operation of an order; only under the payment's lock do they stand still. */
export async function operationsOf(tx: Transaction, orderId: string): Promise<Operations> {
  const { rows } = await tx.query<Operation>(
    `select ${columns} from payment_operations where order_id = $1`,
    [orderId],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** The order has reached this generation; a lower one is refused from now on. */
export async function raiseGeneration(tx: Transaction, orderId: string, generation: number): Promise<void> {
  await tx.query("update payment_operations set generation = $2 where order_id = $1 and generation < $2", [
    orderId,
    generation,
  ]);
}

type NewOperation = Pick<Operation, "orderId" | "name" | "generation" | "amountCents" | "currency"> &
  Partial<Pick<Operation, "status" | "reason">>;

/** Writes a step's row: `requested` unless it is already known how it ends. */
export async function insertOperation(tx: Transaction, operation: NewOperation): Promise<Operation> {
  const { orderId, name, generation, amountCents, currency } = operation;
  const { rows } = await tx.query<Operation>(
    `insert into payment_operations (order_id, operation, generation, status, movement_id, amount_cents, currency, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
    [
      orderId,
      name,
      generation,
      operation.status ?? "requested",
      `${orderId}:${name}`,
      amountCents,
      currency,
      operation.reason ?? null,
    ],
  );
  const row = rows[0];
  if (!row) throw new Error(`operation ${name} of order ${orderId} was not written`);
  return row;
}

/** Writes how a requested step ended. */
export async function settleOperation(tx: Transaction, operation: Operation): Promise<void> {
  await tx.query(
    "update payment_operations set status = $3, reason = $4 where order_id = $1 and operation = $2",
    [operation.orderId, operation.name, operation.status, operation.reason],
  );
}

/** Marks a step that is in one of these states as undone. */
export async function undoOperation(
  tx: Transaction,
  operation: Pick<Operation, "orderId" | "name">,
  from: Operation["status"][],
): Promise<void> {
  await tx.query(
    `update payment_operations set status = 'undone', reason = null
     where order_id = $1 and operation = $2 and status = any($3)`,
    [operation.orderId, operation.name, from],
  );
}

export async function keepToken(tx: Transaction, orderId: string, token: string): Promise<void> {
  await tx.query("insert into payment_tokens (order_id, token) values ($1, $2) on conflict do nothing", [
    orderId,
    token,
  ]);
}

export async function tokenOf(tx: Pick<Transaction, "query">, orderId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ token: string }>("select token from payment_tokens where order_id = $1", [
    orderId,
  ]);
  return rows[0]?.token;
}

export async function forgetToken(tx: Transaction, orderId: string): Promise<void> {
  await tx.query("delete from payment_tokens where order_id = $1", [orderId]);
}

/** What the caller is told of an operation that is settled. */
export function outcomeOf({ status, reason, name }: Operation): PaymentOutcome {
  if (status === "requested") throw new Error(`operation ${name} is not settled`);
  return { status, ...(reason && { reason }) };
}
