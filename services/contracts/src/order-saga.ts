import { z } from "zod";
import { currency, sumCents } from "./money.ts";
import { orderReason, orderStatus } from "./order.ts";
import { page, paging } from "./paging.ts";
import type { Route } from "./route.ts";
import { instant, uuid } from "./text.ts";

export const sagaKind = z.enum(["checkout", "cancel", "refund"]);

/** One step of one run. */
export const sagaStep = z.object({
  /** Such as `reserve-stock`, `void-payment`, `finish-undo`. */
  step: z.string(),
  /** Attempts that have ended, and how many of them by a fault. */
  attempts: z.int().min(1),
  faults: z.int().min(0),
  firstAt: instant,
  lastAt: instant,
  /**
   * How the last attempt ended. `undoing`: the order is on its way back from here; `waiting`: it asks again; `superseded`: a
   * later run has the order, or there was nothing left to do; `fault`: it is tried again.
   */
  outcome: z.enum(["done", "undoing", "waiting", "superseded", "fault"]),
  /** What the last fault said. */
  fault: z.string().optional(),
});
export type SagaStep = z.infer<typeof sagaStep>;

/** What Dapr says of a workflow instance; `gone` when it knows none of that id (any more), `no-answer` when it could not be asked. */
export const workflowState = z.object({
  status: z.enum([
    "running",
    "completed",
    "continued-as-new",
    "failed",
    "terminated",
    "pending",
    "suspended",
    "gone",
    "no-answer",
  ]),
  name: z.string().optional(),
  createdAt: instant.optional(),
  lastUpdatedAt: instant.optional(),
  customStatus: z.string().optional(),
  output: z.string().optional(),
  failure: z.string().optional(),
});
export type WorkflowState = z.infer<typeof workflowState>;

export const sagaRun = z.object({
  generation: z.int().min(1),
  instanceId: z.string(),
  workflow: workflowState,
  steps: z.array(sagaStep),
});
export type SagaRun = z.infer<typeof sagaRun>;

const saga = {
  kind: sagaKind,
  generation: z.int().min(1),
  /** `requested` until its workflow was started, then `started`, then the step tried last. */
  step: z.string(),
  startedAt: instant,
  /** Its last sign of life. */
  since: instant,
};
export const sagaOfOrder = z.object({
  ...saga,
  finishedAt: instant.optional(),
  /** It has said nothing for so long that its next run is due. */
  isSilent: z.boolean(),
  /** The newest first. A run that did no step is told only while it is the latest. */
  runs: z.array(sagaRun),
});
export type SagaOfOrder = z.infer<typeof sagaOfOrder>;

export const orderSaga = z.object({
  orderId: uuid,
  /** Why the order was sent on its way back. */
  undoReason: orderReason.optional(),
  sagas: z.array(sagaOfOrder),
  /** Every event of the order, in order; private ones leave the service nowhere else. */
  history: z.array(
    z.object({
      version: z.int().min(1),
      type: z.string(),
      at: instant,
      isPrivate: z.boolean(),
      traceId: z.string().optional(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  /** After how many seconds of silence a saga is given its next run. */
  silenceSeconds: z.number(),
});
export type OrderSaga = z.infer<typeof orderSaga>;

/** `undoing`: on the way back; `stuck`: silent, or under way for longer than any should be. */
export const sagaFilter = z.enum(["under-way", "undoing", "stuck"]);
export type SagaFilter = z.infer<typeof sagaFilter>;
export const openSaga = z.object({
  orderId: uuid,
  ...saga,
  isUndoing: z.boolean(),
  isStuck: z.boolean(),
  /** Of the step that it is at. */
  attempts: z.int().min(0),
  fault: z.string().optional(),
  orderStatus,
  currency,
  totalCents: sumCents,
});
export type OpenSaga = z.infer<typeof openSaga>;
export const openSagaQuery = paging.extend({ filter: sagaFilter.default("under-way") });
export const openSagas = page(openSaga).extend({
  /** How many match each filter. */
  counts: z.record(sagaFilter, z.int()),
  stuckAfterSeconds: z.number(),
});
export type OpenSagas = z.infer<typeof openSagas>;

export const sagaRoutes: Route[] = [
  {
    method: "get",
    path: "/orders/sagas",
    access: "admin",
    summary: "Checkouts, cancellations and refunds under way, the oldest first",
    query: openSagaQuery,
    status: 200,
    response: openSagas,
  },
  {
    method: "get",
    path: "/orders/:id/saga",
    access: "admin",
    summary: "What an order's long work did, step by step, and what Dapr says of its workflows",
    status: 200,
    response: orderSaga,
  },
];
