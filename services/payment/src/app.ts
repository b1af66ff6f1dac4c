import {
  authorizePayment,
  type PaymentOutcome,
  paymentOperation,
  refundPayment,
} from "@sockshop/contracts/payment.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers } from "@sockshop/platform/identity.ts";
import { parse } from "@sockshop/platform/problem.ts";
import { aboutOrder } from "@sockshop/platform/request-context.ts";
import { type Express, Router } from "express";
import type { z } from "zod";
import { authorize, capture, type Parts, refund, voidPayment } from "./payment-steps.ts";

/** The checkout's steps, for `order` alone; a refusal is an answer like any other. */
export function paymentRoutes(app: Express, parts: Parts): void {
  const router = Router();
  router.use(allowCallers("order"), jsonBody("16kb"));
  const step = <Schema extends z.ZodType<{ orderId: string }>>(
    name: string,
    schema: Schema,
    run: (parts: Parts, asked: z.output<Schema>) => Promise<PaymentOutcome>,
  ) =>
    router.post(`/${name}`, async (req, res) => {
      const asked = parse(schema, req.body);
      aboutOrder(asked.orderId);
      res.json(await run(parts, asked));
    });
  step("authorize", authorizePayment, authorize);
  step("capture", paymentOperation, capture);
  step("void", paymentOperation, voidPayment);
  step("refund", refundPayment, refund);
  app.use("/internal/payments", router);
}
