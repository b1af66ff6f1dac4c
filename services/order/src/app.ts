import type { Identity } from "@sockshop/contracts/identity.ts";
import { orderQuery, placeOrder as placeOrderBody } from "@sockshop/contracts/order.ts";
import { openSagaQuery } from "@sockshop/contracts/order-saga.ts";
import { uuid } from "@sockshop/contracts/text.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers, identityOf, requireRole } from "@sockshop/platform/identity.ts";
import type { Log } from "@sockshop/platform/log.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import { notFound, parse } from "@sockshop/platform/problem.ts";
import { aboutOrder } from "@sockshop/platform/request-context.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { type Express, type Request, Router } from "express";
import { idempotencyKey } from "./idempotency.ts";
import { listOpenSagas } from "./open-sagas.ts";
import { streamOrder } from "./order-stream.ts";
import type { TrackedOrder } from "./order-view.ts";
import { findOrder, listOrders } from "./orders.ts";
import { placeOrder } from "./placing.ts";
import { markDelivered, markShipped, requestCancel, requestRefund } from "./requests.ts";
import { type SagaViewParts, sagaView } from "./saga-view.ts";
import type { SagaRun } from "./sagas.ts";

export type OrderParts = {
  database: Database;
  sidecar: Sidecar;
  notifications: Notifications;
  log: Log;
  idempotencySecret: string;
  start: (run: SagaRun) => void;
  /** How long a checkout may stay short of its pivot. */
  patienceSeconds: number;
} & Omit<SagaViewParts, "database">;

/** The public routes of orders; the gateway alone may call them. */
export function orderRoutes(app: Express, parts: OrderParts): void {
  const { database } = parts;
  const router = Router();
  router.use(allowCallers("gateway"));
  router.post("/", jsonBody("64kb"), async (req, res) => {
    const who = identityOf(req);
    const key = idempotencyKey(req.get("idempotency-key"));
    const answer = await placeOrder(parts, { who, key, body: parse(placeOrderBody, req.body) });
    aboutOrder(answer.orderId);
    res.status(answer.status).location(answer.location).type("application/json").send(answer.body);
  });
  router.get("/", async (req, res) => {
    const { userId, role } = identityOf(req);
    const { page, pageSize, status, all } = parse(orderQuery, req.query);
    const everyones = all === "true" && role === "admin";
    const { items, total } = await listOrders(database, {
      page,
      pageSize,
      ...(status && { status }),
      ...(!everyones && { customerId: userId }),
    });
    res.json({ items: items.map(({ order }) => order), total, page, pageSize });
  });
  const admin = requireRole("admin");
  // No saga should be longer under way than a checkout may take and its loss may go unnoticed.
  const stuckAfterSeconds = parts.patienceSeconds + parts.silenceSeconds;
  router.get("/sagas", admin, async (req, res) => {
    const { silenceSeconds } = parts;
    const query = parse(openSagaQuery, req.query);
    res.json(await listOpenSagas(database, query, { silenceSeconds, stuckAfterSeconds }));
  });
  router.get("/:id/saga", admin, async (req, res) => {
    res.json(await sagaView(parts, (await visibleOrder(database, req)).order.id));
  });
  router.get("/:id", async (req, res) => void res.json((await visibleOrder(database, req)).order));
  router.get("/:id/events", async (req, res) =>
    streamOrder(parts, req, res, await visibleOrder(database, req)),
  );
  router.post("/:id/cancel", async (req, res) => {
    const { order, customerId } = await visibleOrder(database, req);
    await requestCancel(parts, order.id, customerId === identityOf(req).userId ? "customer" : "shop");
    res.status(202).json((await visibleOrder(database, req)).order);
  });
  router.post("/:id/refund", admin, async (req, res) => {
    await requestRefund(parts, orderId(req));
    res.status(202).json((await visibleOrder(database, req)).order);
  });
  for (const [action, mark] of [
    ["ship", markShipped],
    ["deliver", markDelivered],
  ] as const) {
    router.post(`/:id/${action}`, admin, async (req, res) => {
      await mark(parts, orderId(req));
      res.json((await visibleOrder(database, req)).order);
    });
  }
  app.use("/orders", router);
}

function orderId(req: Request): string {
  const id = uuid.safeParse(req.params.id);
  if (!id.success) throw notFound("The order");
  aboutOrder(id.data);
  return id.data;
}

const maySee = ({ userId, role }: Identity, { customerId }: TrackedOrder) =>
  role === "admin" || customerId === userId;

/** The order if the caller may see it; another's is not found, as if it did not exist. */
async function visibleOrder(database: Database, req: Request): Promise<TrackedOrder> {
  const who = identityOf(req);
  const found = await findOrder(database, orderId(req));
  if (!found || !maySee(who, found)) throw notFound("The order");
  return found;
}
