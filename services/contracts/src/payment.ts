import { z } from "zod";
import { cents, currency } from "./money.ts";
import { plainText, uuid } from "./text.ts";

/** Internal: the checkout's payment operations, one row per (order, operation). Only `order` may call. */
export const authorizePayment = z.object({
  orderId: uuid,
  generation: z.int().min(1),
  amountCents: cents,
  currency,
  /** The provider's token; kept in a private table until authorization is settled, then deleted. Absent on a repeat after that. */
  token: plainText(255).min(1).optional(),
});
export const paymentOperation = z.object({ orderId: uuid, generation: z.int().min(1) });
export const refundPayment = paymentOperation.extend({
  /** Names the refund: the same id never pays twice. */
  refundId: plainText(100).min(1),
  amountCents: cents.min(1),
});
/** Same meaning as the catalogue's stock outcome. */
export const paymentOutcome = z.object({
  status: z.enum(["done", "refused", "undone", "superseded"]),
  reason: z.string().optional(),
});
export type PaymentOutcome = z.infer<typeof paymentOutcome>;

const money = { amountCents: cents, currency };
/** Subject is the order's id: one payment an order. */
export const paymentEvents = {
  PaymentAuthorized: z.object(money),
  PaymentDeclined: z.object({ ...money, reason: z.string() }),
  PaymentCaptured: z.object(money),
  PaymentVoided: z.object(money),
  PaymentRefunded: z.object({ ...money, refundId: z.string() }),
};
