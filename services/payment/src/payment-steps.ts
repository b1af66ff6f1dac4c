import type {
  authorizePayment,
  PaymentOutcome,
  paymentOperation,
  refundPayment,
} from "@sockshop/contracts/payment.ts";
import { aggregateStore } from "@sockshop/platform/aggregate.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { unavailable } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import { type PaymentCommand, payment } from "./payment.ts";
import {
  forgetToken,
  insertOperation,
  keepToken,
  type Operation,
  type OperationName,
  type Operations,
  operationsOf,
  outcomeOf,
  raiseGeneration,
  settleOperation,
  tokenOf,
  undoOperation,
} from "./payment-operations.ts";
import type { PaymentProvider, ProviderAnswer } from "./provider.ts";

export const payments = aggregateStore(payment);

export type Parts = { database: Database; provider: PaymentProvider; log: Log };
type Asked = z.output<typeof paymentOperation>;

/**
 * A step's way: `begin` writes its row under the payment's lock and commits, then the provider is asked without any lock,
 * then `settle` writes the answer under the lock again. Two requests that ask at once use one movement id, which the
 * provider books once; whoever settles first is believed by the other.
 */
type Step = {
  name: OperationName;
  /** Decides under the lock on a step that has no row yet. */
  first: (tx: Transaction, operations: Operations) => Promise<Operation>;
  ask: (operation: Operation) => Promise<ProviderAnswer>;
};

/** Holds the order's amount on the customer's card. */
export const authorize = (parts: Parts, asked: z.output<typeof authorizePayment>): Promise<PaymentOutcome> =>
  take(parts, asked, {
    name: "authorize",
    async first(tx) {
      const row = { ...asked, name: "authorize" as const };
      if (!asked.token) return insertOperation(tx, { ...row, status: "refused", reason: "no-token" });
      await keepToken(tx, asked.orderId, asked.token);
      return insertOperation(tx, row);
    },
    async ask({ movementId: id, amountCents, currency, orderId: reference }) {
      const token = await tokenOf(parts.database, reference);
      // Settled by another request meanwhile, which the caller then reads from the row.
      if (!token) return { status: "refused", reason: "no-token" };
      return parts.provider.authorize({ id, reference, amountCents, currency, token });
    },
  });

/** Takes the held amount. */
export const capture = (parts: Parts, asked: Asked): Promise<PaymentOutcome> =>
  take(parts, asked, {
    name: "capture",
    async first(tx, operations) {
      const held = operations.get("authorize");
      if (held?.status === "requested") throw unavailable("The authorization of this payment");
      const row = { ...asked, ...moneyOf(held), name: "capture" as const };
      return held?.status === "done"
        ? insertOperation(tx, row)
        : insertOperation(tx, { ...row, status: "refused", reason: "not-authorized" });
    },
    ask: ({ movementId: id, orderId }) =>
      parts.provider.capture({ id, authorizationId: movementOf(orderId, "authorize") }),
  });

/** Gives money back; the same refund id never pays twice, and all refunds together never exceed what was captured. */
export const refund = (parts: Parts, asked: z.output<typeof refundPayment>): Promise<PaymentOutcome> => {
  const name = `refund:${asked.refundId}` as const;
  return take(parts, asked, {
    name,
    async first(tx, operations) {
      const captured = operations.get("capture");
      if (captured?.status === "requested") throw unavailable("The capture of this payment");
      const row = { ...asked, ...moneyOf(captured), amountCents: asked.amountCents, name };
      const reason = refundRefusal(captured, operations, asked.amountCents);
      return insertOperation(tx, reason ? { ...row, status: "refused", reason } : row);
    },
    ask: ({ movementId: id, orderId, amountCents }) =>
      parts.provider.refund({ id, authorizationId: movementOf(orderId, "authorize"), amountCents }),
  });
};

function refundRefusal(captured: Operation | undefined, operations: Operations, amountCents: number) {
  if (captured?.status !== "done") return "not-captured";
  // One whose outcome is unknown counts as paid until it is known.
  const given = [...operations.values()]
    .filter(({ name, status }) => name.startsWith("refund:") && (status === "done" || status === "requested"))
    .reduce((sum, operation) => sum + operation.amountCents, 0);
  return given + amountCents > captured.amountCents ? "exceeds-captured" : undefined;
}

async function take(parts: Parts, asked: Asked, step: Step): Promise<PaymentOutcome> {
  const begun = await underLock(parts, asked.orderId, async (tx, operations) => {
    if (isSuperseded(operations, asked)) return { status: "superseded" } as const;
    await raiseGeneration(tx, asked.orderId, asked.generation);
    const known = operations.get(step.name);
    if (isBarred(operations, step.name)) return { status: "undone" } as const;
    return { operation: known ?? (await step.first(tx, operations)), repeated: known !== undefined };
  });
  if (!("operation" in begun)) return begun;
  const { operation, repeated } = begun;
  if (operation.status !== "requested") return outcomeOf(operation);
  const booked = repeated ? await ask(parts, () => parts.provider.find(operation.movementId)) : undefined;
  return settle(parts, operation, booked ?? (await ask(parts, () => step.ask(operation))));
}

/** Undoes the authorization, also one that is still to come or whose outcome is unknown. */
export async function voidPayment(parts: Parts, asked: Asked): Promise<PaymentOutcome> {
  const { orderId } = asked;
  const begun = await underLock(parts, orderId, async (tx, operations) => {
    if (isSuperseded(operations, asked)) return undefined;
    await raiseGeneration(tx, orderId, asked.generation);
    const known = operations.get("void");
    const operation = known ?? (await firstVoid(tx, operations, asked));
    return { operation, repeated: known !== undefined, operations };
  });
  if (!begun) return { status: "superseded" };
  const { operation, repeated, operations } = begun;
  if (operation.status !== "requested") return outcomeOf(operation);
  await settleIfBooked(parts, operations.get("authorize"));
  await settleIfBooked(parts, operations.get("capture"));
  const authorizationId = movementOf(orderId, "authorize");
  const movement = { id: operation.movementId, authorizationId, reference: orderId };
  const booked = repeated ? await ask(parts, () => parts.provider.find(movement.id)) : undefined;
  const answer = booked ?? (await ask(parts, () => parts.provider.void(movement)));
  // Refused when a capture came through after all: then its row must know, too.
  if (answer.status === "refused") await settleIfBooked(parts, operations.get("capture"));
  return settle(parts, operation, answer);
}

async function firstVoid(tx: Transaction, operations: Operations, asked: Asked): Promise<Operation> {
  const held = operations.get("authorize");
  const row = { ...asked, ...moneyOf(held), name: "void" as const };
  if (operations.get("capture")?.status === "done")
    return insertOperation(tx, { ...row, status: "refused", reason: "captured" });
  // The undo came first: the row that it writes is what the late step will find.
  if (!held) await insertOperation(tx, { ...row, name: "authorize", status: "undone" });
  const nothingHeld = !held || held.status === "refused";
  return insertOperation(tx, nothingHeld ? { ...row, status: "done" } : row);
}

async function settleIfBooked(parts: Parts, operation: Operation | undefined): Promise<void> {
  if (operation?.status !== "requested") return;
  const booked = await ask(parts, () => parts.provider.find(operation.movementId));
  if (booked) await settle(parts, operation, booked);
}

/** Writes what the provider answered, unless another request was first; resolves with what stands then. */
function settle(parts: Parts, asked: Operation, answer: ProviderAnswer): Promise<PaymentOutcome> {
  const { orderId, name } = asked;
  return underLock(parts, orderId, async (tx, operations) => {
    const operation = operations.get(name);
    if (!operation) throw new Error(`operation ${name} of order ${orderId} has no row`);
    if (operation.status !== "requested") return outcomeOf(operation);
    const settled = { ...operation, ...verdictOf(answer) };
    await settleOperation(tx, settled);
    if (name === "authorize") await forgetToken(tx, orderId);
    if (name === "void" && settled.status === "done") await undo(tx, orderId);
    const fact = factOf(settled);
    if (fact) await payments.execute(tx, orderId, fact);
    return isBarred(operations, name) && settled.status === "done"
      ? { status: "undone" }
      : outcomeOf(settled);
  });
}

/** What an answer means for the step: one that a void has come before is undone, not refused. */
function verdictOf(answer: ProviderAnswer): Pick<Operation, "status" | "reason"> {
  if (answer.status === "done") return { status: "done", reason: null };
  if (answer.reason === "voided") return { status: "undone", reason: null };
  return { status: "refused", reason: answer.reason };
}

async function undo(tx: Transaction, orderId: string): Promise<void> {
  await forgetToken(tx, orderId);
  await undoOperation(tx, { orderId, name: "authorize" }, ["requested", "done"]);
  await undoOperation(tx, { orderId, name: "capture" }, ["requested"]);
}

function factOf({ name, status, reason, amountCents, currency }: Operation): PaymentCommand | undefined {
  if (name === "authorize" && status === "refused")
    return { type: "TellDeclined", amountCents, currency, reason: reason ?? "" };
  if (status !== "done") return undefined;
  if (name === "authorize") return { type: "TellAuthorized", amountCents, currency };
  if (name === "capture") return { type: "TellCaptured" };
  if (name === "void") return { type: "TellVoided" };
  return { type: "TellRefunded", refundId: name.slice("refund:".length), amountCents };
}

function underLock<Result>(
  { database }: Parts,
  orderId: string,
  work: (tx: Transaction, operations: Operations) => Promise<Result>,
): Promise<Result> {
  return withTransaction(database, async (tx) => {
    await payments.lock(tx, orderId);
    return work(tx, await operationsOf(tx, orderId));
  });
}

/** A provider's fault leaves the outcome unknown: the caller asks again, and the repeat looks the movement up first. */
async function ask<Answer>({ log }: Parts, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    log.warn({ reason: (error as Error).message }, "the payment provider failed");
    throw unavailable("The payment provider");
  }
}

const isSuperseded = (operations: Operations, { generation }: Asked): boolean =>
  [...operations.values()].some((operation) => operation.generation > generation);

const isVoiding = (operations: Operations): boolean => {
  const status = operations.get("void")?.status;
  return status === "requested" || status === "done";
};

/** Once a void is asked for no step begins; a capture that is under way is still settled, to know what became of it. */
function isBarred(operations: Operations, name: OperationName): boolean {
  if (!isVoiding(operations)) return false;
  const known = operations.get(name);
  return name === "authorize" ? known?.status !== "refused" : name === "capture" && !known;
}

const movementOf = (orderId: string, name: OperationName) => `${orderId}:${name}`;
const moneyOf = (operation: Operation | undefined) => ({
  amountCents: operation?.amountCents ?? 0,
  currency: operation?.currency ?? "",
});
