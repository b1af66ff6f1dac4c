import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { testDatabase } from "../../platform/test/postgres.ts";
import type { Parts } from "../src/payment-steps.ts";
import { type PaymentProvider, ProviderFault } from "../src/provider.ts";
import { openTestProvider } from "../src/test-provider.ts";

export type Balance = { heldCents: number; paidCents: number; captures: number };

/** Our database, the provider's own, and the view of an auditor into the latter. */
export async function openWithProvider() {
  const own = await testDatabase(new URL("../migrations/", import.meta.url));
  const theirs = await testDatabase();
  const provider = await openTestProvider(theirs.url, { slowMs: 50 });
  const log = createLog({ appId: "payment", logLevel: "silent" });
  const parts: Parts = { database: own.database, provider, log };
  return {
    ...own,
    provider,
    parts,
    ledgerDatabase: theirs.database,
    async balance(orderId: string): Promise<Balance> {
      const { rows } = await theirs.database.query<Balance>(
        `select held_cents as "heldCents", paid_cents as "paidCents", captures from balances where reference = $1`,
        [orderId],
      );
      return rows[0] ?? { heldCents: 0, paidCents: 0, captures: 0 };
    },
    async close() {
      await provider.close();
      await theirs.drop();
      await own.drop();
    },
  };
}

export type Fault = "before" | "after" | undefined;

/** The same provider over a line that fails: a process that dies before the call, or after it and before it is written down. */
export function overLine(
  provider: PaymentProvider,
  next: (call: keyof PaymentProvider) => Fault,
): PaymentProvider {
  const over =
    <Input, Answer>(name: keyof PaymentProvider, call: (input: Input) => Promise<Answer>) =>
    async (input: Input) => {
      const fault = next(name);
      if (fault === "before") throw new ProviderFault("the line broke before the call");
      const answer = await call(input);
      if (fault === "after") throw new ProviderFault("the line broke after the call");
      return answer;
    };
  return {
    find: over("find", provider.find),
    authorize: over("authorize", provider.authorize),
    capture: over("capture", provider.capture),
    void: over("void", provider.void),
    refund: over("refund", provider.refund),
  };
}

/** What the saga asks for one order. */
export function anOrder(token = "tok_visa", amountCents = 5_000) {
  const orderId = newId();
  const named = { orderId, generation: 1 };
  return {
    orderId,
    step: named,
    authorize: { ...named, amountCents, currency: "USD", token },
    refund: (refundId: string, cents: number) => ({ ...named, refundId, amountCents: cents }),
  };
}
