import { measureActivities } from "@sockshop/platform/activity-metrics.ts";
import { readConfig } from "@sockshop/platform/config.ts";
import { openService, runService } from "@sockshop/platform/service.ts";
import { type Workflow, workflowHost } from "@sockshop/platform/workflow-host.ts";
import { z } from "zod";
import { orderRoutes } from "./app.ts";
import { checkoutActivities } from "./checkout-activities.ts";
import { checkout } from "./checkout-workflow.ts";
import { orderStore } from "./order-changes.ts";
import { startReconciler } from "./reconciler.ts";
import { refundActivities } from "./refund-activities.ts";
import { cancel, refund } from "./refund-workflows.ts";
import { recorded } from "./saga-trail.ts";
import { type SagaRun, startSaga } from "./sagas.ts";
import { accountConsumer } from "./subscriptions.ts";

const seconds = (usual: number) => z.coerce.number().positive().max(86_400).default(usual);
const config = readConfig(process.env, {
  IDEMPOTENCY_SECRET: z.string().min(16),
  CHECKOUT_PATIENCE_SECONDS: seconds(120),
  SAGA_SILENCE_SECONDS: seconds(40),
});
const foundation = await openService(config, new URL("../migrations/", import.meta.url));
const { database, sidecar, notifications, log, metrics } = foundation;

const saga = { database, sidecar, patienceSeconds: config.own.CHECKOUT_PATIENCE_SECONDS };
const host = workflowHost({
  dapr: config.dapr,
  log,
  workflows: { "checkout.v1": checkout, "cancel.v1": cancel, "refund.v1": refund } satisfies Record<
    string,
    Workflow<SagaRun, unknown>
  >,
  activities: recorded(
    foundation,
    measureActivities(metrics, { ...checkoutActivities(saga), ...refundActivities(saga) }),
  ),
});
const { schedule } = host;
const start = (run: SagaRun) => {
  startSaga({ database, schedule }, run).catch((error: unknown) =>
    log.warn({ err: error, saga: run.kind }, "a saga did not start at once; the reconciler will start it"),
  );
};
const reconciler = () =>
  startReconciler({ database, schedule, log, silenceSeconds: config.own.SAGA_SILENCE_SECONDS });

await runService(foundation, {
  routes: (app) =>
    orderRoutes(app, {
      database,
      sidecar,
      notifications,
      log,
      idempotencySecret: config.own.IDEMPOTENCY_SECRET,
      start,
      workflowStatus: host.status,
      patienceSeconds: config.own.CHECKOUT_PATIENCE_SECONDS,
      silenceSeconds: config.own.SAGA_SILENCE_SECONDS,
    }),
  publishes: ["order-events"],
  consumers: [accountConsumer],
  stores: [orderStore],
  background: [{ start: host.start, stop: host.stop }, reconciler()],
  readiness: async () => (host.running() ? [] : ["workflow engine"]),
});
