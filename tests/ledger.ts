import { inProviderDatabase } from "./shop-state.ts";

export type Ledger = { heldCents: number; paidCents: number; captures: number };

/** What the payment provider's own books say about an order; read behind everybody's back, as an auditor would. */
export async function ledgerOf(orderId: string): Promise<Ledger> {
  const rows = await inProviderDatabase<{ held: string; paid: string; captures: string }>(
    "select held_cents as held, paid_cents as paid, captures from balances where reference = $1",
    [orderId],
  );
  const found = rows[0] ?? { held: "0", paid: "0", captures: "0" };
  return {
    heldCents: Number(found.held),
    paidCents: Number(found.paid),
    captures: Number(found.captures),
  };
}
