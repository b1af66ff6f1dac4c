import { type OpenSagas, type OrderSaga, openSagas, orderSaga } from "@sockshop/contracts/order-saga.ts";
import { withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeOrder } from "../src/order-changes.ts";
import { recorded } from "../src/saga-trail.ts";
import { takeOver } from "../src/sagas.ts";
import { placeSample } from "./order-fixture.ts";
import { admin, customer, openOrderService } from "./order-service.ts";

let service: Awaited<ReturnType<typeof openOrderService>>;
beforeAll(async () => {
  service = await openOrderService();
});
afterAll(() => service.stop());

const sagaOf = async (id: string): Promise<OrderSaga> => {
  const response = await service.call(admin, "GET", `/orders/${id}/saga`);
  const body = await response.json();
  expect([response.status, orderSaga.safeParse(body).error]).toEqual([200, undefined]);
  return body as OrderSaga;
};
const open = async (query = ""): Promise<OpenSagas> => {
  const body = await (await service.call(admin, "GET", `/orders/sagas${query}`)).json();
  expect(openSagas.safeParse(body).error).toBeUndefined();
  return body as OpenSagas;
};
const log = createLog({ appId: "order", logLevel: "silent" });
const age = (id: string, seconds: number, column: "since" | "started_at") =>
  service.database.query(
    `update sagas set ${column} = ${column} - make_interval(secs => $2) where order_id = $1`,
    [id, seconds],
  );

test("what an order's work did is for administrators, through the gateway alone", async () => {
  const { orderId } = await placeSample(service.database);
  for (const path of [`/orders/${orderId}/saga`, "/orders/sagas"]) {
    expect((await service.call(customer(), "GET", path)).status).toBe(403);
    expect((await service.call(undefined, "GET", path)).status).toBe(401);
    expect((await service.call(admin, "GET", path, { caller: "cart" })).status).toBe(403);
  }
  for (const id of [newId(), "no-id"])
    expect((await service.call(admin, "GET", `/orders/${id}/saga`)).status).toBe(404);
  expect((await service.call(admin, "GET", "/orders/sagas?filter=lost")).status).toBe(422);
});

test("each run tells its steps, how often each was tried, and what Dapr says of its workflow", async () => {
  const run = await placeSample(service.database);
  const { orderId } = run;
  let left = 2;
  const { reserveStock, authorizePayment } = recorded(
    { database: service.database, log },
    {
      reserveStock: async () => {
        if (left-- > 0) throw new Error("The catalog service is away; ask ada@example.org");
        return "done" as const;
      },
      authorizePayment: async () => "undoing" as const,
    },
  );
  for (const attempt of [reserveStock, reserveStock, reserveStock, authorizePayment])
    await attempt(run).catch(() => {});
  const next = await withTransaction(service.database, (tx) =>
    takeOver(tx, run, { silenceSeconds: -1, unstartedSeconds: 60 }),
  );
  // One that never started keeps its generation; a started one is given its next.
  expect(next).toBeUndefined();
  await service.database.query("update sagas set step = 'authorize-payment' where order_id = $1", [orderId]);
  await withTransaction(service.database, (tx) =>
    takeOver(tx, run, { silenceSeconds: -1, unstartedSeconds: 60 }),
  );
  const times = { createdAt: new Date(), lastUpdatedAt: new Date() };
  service.workflows.set(`${orderId}.1`, {
    ...times,
    name: "checkout.v1",
    status: "completed",
    output: "undone",
    customStatus: "done",
  });
  service.workflows.set(`${orderId}.2`, "away");
  const [saga] = (await sagaOf(orderId)).sagas;
  expect(saga).toMatchObject({ kind: "checkout", generation: 2, step: "requested", isSilent: false });
  expect(saga?.runs).toMatchObject([
    { generation: 2, instanceId: `${orderId}.2`, workflow: { status: "no-answer" }, steps: [] },
    {
      generation: 1,
      instanceId: `${orderId}.1`,
      workflow: { status: "completed", name: "checkout.v1", output: "undone", customStatus: "done" },
      steps: [
        {
          step: "reserve-stock",
          attempts: 3,
          faults: 2,
          outcome: "done",
          fault: "The catalog service is away; ask [redacted]",
        },
        { step: "authorize-payment", attempts: 1, faults: 0, outcome: "undoing" },
      ],
    },
  ]);
});

test("the whole history is told, the private events too, and why the order went back", async () => {
  const { orderId } = await placeSample(service.database);
  await withTransaction(service.database, async (tx) => {
    await changeOrder(tx, orderId, { type: "RecordStep", step: "StockReservedForOrder" });
    await changeOrder(tx, orderId, { type: "StartUndo", reason: "payment-declined" });
    await changeOrder(tx, orderId, { type: "FinishUndo" });
  });
  const told = await sagaOf(orderId);
  expect(told.undoReason).toBe("payment-declined");
  expect(told.history.map(({ type, isPrivate }) => [type, isPrivate])).toEqual([
    ["OrderPlaced", false],
    ["StockReservedForOrder", true],
    ["UndoStarted", true],
    ["OrderRejected", false],
  ]);
  expect(told.sagas).toMatchObject([
    { kind: "checkout", finishedAt: expect.any(String), runs: [{ workflow: { status: "gone" } }] },
  ]);
});

test("what is under way is listed, the oldest first, and what goes back or is stuck among it", async () => {
  const before = (await open()).counts;
  const [quiet, undoing, silent, slow] = [
    await placeSample(service.database),
    await placeSample(service.database),
    await placeSample(service.database),
    await placeSample(service.database),
  ];
  await withTransaction(service.database, (tx) =>
    changeOrder(tx, undoing.orderId, { type: "StartUndo", reason: "out-of-stock" }),
  );
  await age(silent.orderId, 41, "since");
  await age(slow.orderId, 161, "started_at");
  const ids = async (query: string) => (await open(query)).items.map(({ orderId }) => orderId);
  expect((await ids("?pageSize=100"))[0]).toBe(slow.orderId);
  expect(await ids("?pageSize=100")).toEqual(
    expect.arrayContaining([quiet.orderId, undoing.orderId, silent.orderId]),
  );
  expect(await ids("?filter=undoing")).toEqual([undoing.orderId]);
  expect(await ids("?filter=stuck")).toEqual([slow.orderId, silent.orderId]);
  const { counts, stuckAfterSeconds } = await open("?filter=stuck&pageSize=1");
  expect(stuckAfterSeconds).toBe(160);
  expect(counts).toEqual({ "under-way": before["under-way"] + 4, undoing: 1, stuck: 2 });
});

test("what is under way tells how often the step that it is at was tried, and the last fault", async () => {
  const run = await placeSample(service.database);
  const parts = { database: service.database, log };
  const failing = recorded(parts, {
    voidPayment: async () => {
      throw new Error("The payment service is away.");
    },
  });
  for (let repeat = 0; repeat < 2; repeat++) await failing.voidPayment(run).catch(() => {});
  await service.database.query("update sagas set step = 'void-payment' where order_id = $1", [run.orderId]);
  const found = (await open("?pageSize=100")).items.find(({ orderId }) => orderId === run.orderId);
  expect(found).toMatchObject({ step: "void-payment", attempts: 2, fault: "The payment service is away." });
});

test("a step whose attempt cannot be written down ends as it would have", async () => {
  const away = { query: async () => Promise.reject(new Error("away")) } as never;
  const { reserveStock } = recorded({ database: away, log }, { reserveStock: async () => "done" as const });
  const run = { orderId: newId(), kind: "checkout", generation: 1 } as const;
  expect(await reserveStock(run)).toBe("done");
});
