import { type StockOutcome, stockOutcome } from "@sockshop/contracts/catalog.ts";
import { type PaymentOutcome, paymentOutcome } from "@sockshop/contracts/payment.ts";
import type { Queryable } from "@sockshop/platform/database.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { OrderFacts } from "./order.ts";
import { paymentToken } from "./order-details.ts";
import type { SagaRun } from "./sagas.ts";

const named = ({ orderId, generation }: SagaRun) => ({ orderId, generation });

export const reserveStock = (sidecar: Sidecar, run: SagaRun, order: OrderFacts): Promise<StockOutcome> =>
  sidecar.call("catalog", "POST", "/internal/stock/reserve", stockOutcome, {
    body: {
      ...named(run),
      lines: order.lines.map(({ sku, productId, quantity, unitPriceCents }) => ({
        sku,
        productId,
        quantity,
        seenPriceCents: unitPriceCents,
      })),
    },
  });

/** `release` undoes a reservation, `return` a commit. */
export const stockOperation = (
  sidecar: Sidecar,
  run: SagaRun,
  operation: "commit" | "release" | "return",
): Promise<StockOutcome> =>
  sidecar.call("catalog", "POST", `/internal/stock/${operation}`, stockOutcome, { body: named(run) });

export async function authorizePayment(
  { sidecar, database }: { sidecar: Sidecar; database: Queryable },
  run: SagaRun,
  order: OrderFacts,
): Promise<PaymentOutcome> {
  const token = await paymentToken(database, run.orderId);
  return sidecar.call("payment", "POST", "/internal/payments/authorize", paymentOutcome, {
    body: {
      ...named(run),
      amountCents: order.totalCents,
      currency: order.currency,
      ...(token && { token }),
    },
    timeoutMs: providerTimeoutMs,
  });
}

export const paymentOperation = (
  sidecar: Sidecar,
  run: SagaRun,
  operation: "capture" | "void",
): Promise<PaymentOutcome> =>
  sidecar.call("payment", "POST", `/internal/payments/${operation}`, paymentOutcome, {
    body: named(run),
    timeoutMs: providerTimeoutMs,
  });

export const refundPayment = (
  sidecar: Sidecar,
  run: SagaRun,
  refund: { refundId: string; amountCents: number },
): Promise<PaymentOutcome> =>
  sidecar.call("payment", "POST", "/internal/payments/refund", paymentOutcome, {
    body: { ...named(run), ...refund },
    timeoutMs: providerTimeoutMs,
  });

/** A provider may take its time; still well below the silence after which a saga counts as lost. */
const providerTimeoutMs = 15_000;
