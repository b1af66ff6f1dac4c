import { type Order, order as orderSchema } from "@sockshop/contracts/order.ts";
import { withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeOrder } from "../src/order-changes.ts";
import type { OrderCommand } from "../src/order-decisions.ts";
import { admin, customer, openOrderService, orderBody, sampleCart } from "./order-service.ts";

let service: Awaited<ReturnType<typeof openOrderService>>;
beforeAll(async () => {
  service = await openOrderService();
});
afterAll(() => service.stop());

const steps: OrderCommand[] = [
  { type: "RecordStep", step: "StockReservedForOrder" },
  { type: "RecordStep", step: "PaymentAuthorizedForOrder" },
  { type: "RecordStep", step: "StockCommittedForOrder" },
  { type: "StartCapture" },
  { type: "Confirm" },
];
const change = (id: string, ...commands: OrderCommand[]) =>
  withTransaction(service.database, async (tx) => {
    for (const command of commands) await changeOrder(tx, id, command);
  });
const buyer = async (reached: OrderCommand[] = steps) => {
  const who = customer();
  service.setCart(who, sampleCart());
  const id = ((await (await service.place(who, newId())).json()) as { id: string }).id;
  await change(id, ...reached);
  return { who, id };
};
const post = async (who: Parameters<typeof service.call>[0], id: string, action: string) => {
  const response = await service.call(who, "POST", `/orders/${id}/${action}`);
  return { status: response.status, body: (await response.json()) as Order & { type?: string } };
};

test("an order reads as the contract says", async () => {
  const { who, id } = await buyer();
  const order = await (await service.call(who, "GET", `/orders/${id}`)).json();
  expect(orderSchema.parse(order)).toEqual(order);
  expect(order).toMatchObject({ id, status: "confirmed", totalCents: 2499, payment: { status: "captured" } });
});

test("another's order does not exist, for whatever one asks of it; an administrator sees it", async () => {
  const { id } = await buyer();
  const stranger = customer();
  for (const [method, path] of [
    ["GET", `/orders/${id}`],
    ["GET", `/orders/${id}/events`],
    ["POST", `/orders/${id}/cancel`],
    ["GET", `/orders/${newId()}`],
    ["GET", "/orders/not-an-id"],
  ] as const)
    expect([path, (await service.call(stranger, method, path)).status]).toEqual([path, 404]);
  expect((await service.call(admin, "GET", `/orders/${id}`)).status).toBe(200);
});

test("nobody is 401, an administrator's route is 403 to a customer whether or not the order exists", async () => {
  const { who, id } = await buyer();
  expect((await service.call(undefined, "GET", "/orders")).status).toBe(401);
  for (const action of ["ship", "deliver", "refund"])
    for (const order of [id, newId(), "x"]) expect((await post(who, order, action)).status).toBe(403);
});

test("only the gateway may call", async () => {
  const { who, id } = await buyer();
  for (const caller of ["cart", "payment", "x, gateway"])
    expect((await service.call(who, "GET", `/orders/${id}`, { caller })).status).toBe(403);
});

test("the history lists one's own, the newest first, by page and status; all of them for administrators alone", async () => {
  const who = customer();
  const ids: string[] = [];
  for (const version of [1, 2, 3]) {
    service.setCart(who, sampleCart(version));
    const response = await service.place(who, newId(), orderBody(version));
    ids.unshift(((await response.json()) as { id: string }).id);
  }
  await change(ids[2] as string, ...steps);
  const list = async (query: string, as = who) =>
    (await (await service.call(as, "GET", `/orders${query}`)).json()) as { items: Order[]; total: number };
  const all = await list("");
  expect(all.items.map((order) => order.id)).toEqual(ids);
  expect(await list("?page=2&pageSize=2")).toMatchObject({ total: 3, items: [{ id: ids[2] }], page: 2 });
  expect((await list("?page=9")).items).toEqual([]);
  expect((await list("?status=confirmed")).items.map((order) => order.id)).toEqual([ids[2]]);
  expect((await list("?all=true")).total).toBe(3);
  expect((await list("?all=true", admin)).total).toBeGreaterThan(3);
  expect((await list("", admin)).total).toBe(0);
  expect((await service.call(who, "GET", "/orders?page=0")).status).toBe(422);
});

describe("what is asked of an order", () => {
  test("a paid order is shipped, delivered and refunded, each once", async () => {
    const { id } = await buyer();
    for (const [action, status] of [
      ["ship", "shipped"],
      ["ship", "shipped"],
      ["deliver", "delivered"],
    ] as const)
      expect(await post(admin, id, action)).toMatchObject({ status: 200, body: { status } });
    const before = service.started.length;
    for (let repeat = 0; repeat < 2; repeat++) expect((await post(admin, id, "refund")).status).toBe(202);
    expect(service.started.slice(before)).toEqual([{ orderId: id, kind: "refund", generation: 2 }]);
  });

  test("a cancellation short of the pivot is the checkout's to carry out, a later one has a run of its own", async () => {
    const early = await buyer(steps.slice(0, 2));
    const before = service.started.length;
    expect((await post(early.who, early.id, "cancel")).status).toBe(202);
    expect(service.started).toHaveLength(before);
    for (const reached of [steps.slice(0, 4), steps]) {
      const late = await buyer(reached);
      for (let repeat = 0; repeat < 2; repeat++)
        expect((await post(late.who, late.id, "cancel")).status).toBe(202);
      expect(service.started.at(-1)).toEqual({ orderId: late.id, kind: "cancel", generation: 2 });
      expect(await post(admin, late.id, "ship")).toMatchObject({ status: 409 });
    }
  });

  test("what the order's state does not allow is a 409 that says why", async () => {
    const { who, id } = await buyer(steps.slice(0, 1));
    for (const action of ["ship", "deliver", "refund"])
      expect((await post(admin, id, action)).status).toBe(409);
    await change(id, ...steps, { type: "Ship" });
    expect((await post(who, id, "cancel")).body.type).toBe("urn:sockshop:problem:already-shipped");
  });

  test("an administrator cancels in the shop's name, and their own order in their own", async () => {
    const { id } = await buyer(steps);
    await post(admin, id, "cancel");
    const { rows } = await service.database.query(
      "select data->>'by' as by from events where subject = $1 and type = 'OrderCancelRequested'",
      [id],
    );
    expect(rows).toEqual([{ by: "shop" }]);
  });
});

describe("the order's event stream", () => {
  const open = async (who: Parameters<typeof service.call>[0], id: string, lastEventId?: string) => {
    const response = await service.call(who, "GET", `/orders/${id}/events`, {
      ...(lastEventId && { headers: { "last-event-id": lastEventId } }),
      signal: AbortSignal.timeout(15_000),
    });
    return { response, reader: response.body?.pipeThrough(new TextDecoderStream()).getReader() };
  };
  type Reader = Awaited<ReturnType<typeof open>>["reader"];
  /** Reads until the text has what is waited for, or the stream ends. */
  const readUntil = async (reader: Reader, wanted: string) => {
    let text = "";
    while (reader && !text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    return text;
  };

  test("tells the order as it is, then each change, and ends with the order", async () => {
    const { who, id } = await buyer([]);
    const { response, reader } = await open(who, id);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const first = await readUntil(reader, '"status":"placed"');
    expect(first).toMatch(/^id: 1\nevent: order$/m);
    await change(id, steps[0] as OrderCommand);
    expect(await readUntil(reader, '"status":"stock-reserved"')).toMatch(/^id: 2$/m);
    await change(id, { type: "StartUndo", reason: "payment-declined" }, { type: "FinishUndo" });
    const rest = await readUntil(reader, "never");
    expect(rest).toContain('"status":"rejected","reason":"payment-declined"');
    expect(rest).toMatch(/^id: 4$/m);
  });

  test("resumes with what is newer than the last event, and is over when nothing will follow", async () => {
    const { who, id } = await buyer(steps.slice(0, 2));
    const { reader } = await open(who, id, "3");
    await change(id, steps[2] as OrderCommand);
    const text = await readUntil(reader, "stock-committed");
    expect(text.match(/^id: .+$/gm)).toEqual(["id: 4"]);
    await change(id, { type: "StartUndo", reason: "unavailable" }, { type: "FinishUndo" });
    await readUntil(reader, "never");
    const { response } = await open(who, id, "6");
    expect(response.status).toBe(204);
    expect(await readUntil((await open(who, id, "5")).reader, "never")).toMatch(/^id: 6$/m);
  });
});
