import { withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeOrder } from "../src/order-changes.ts";
import { customer, openOrderService, orderBody, sampleCart } from "./order-service.ts";

let service: Awaited<ReturnType<typeof openOrderService>>;
beforeAll(async () => {
  service = await openOrderService();
});
afterAll(() => service.stop());

const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  return { ...body, status: response.status, type: String(body.type).replace("urn:sockshop:problem:", "") };
};
const shopper = (version = 3) => {
  const who = customer();
  service.setCart(who, sampleCart(version));
  return who;
};
const answerOf = async (response: Response) => ({
  status: response.status,
  location: response.headers.get("location"),
  body: await response.text(),
});
const placed = async (response: Response) => {
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
};
const count = async (table: string, orderId: string) =>
  (await service.database.query(`select 1 from ${table} where order_id = $1`, [orderId])).rowCount;

test("an order is written down whole, answered at once, and its checkout started", async () => {
  const who = shopper();
  const response = await service.place(who, "key-1");
  const { status, location, body } = await answerOf(response);
  const { id } = JSON.parse(body) as { id: string };
  expect({ status, location, body }).toEqual({
    status: 202,
    location: `/api/orders/${id}`,
    body: JSON.stringify({ id, status: "placed" }),
  });
  expect(service.started.at(-1)).toEqual({ orderId: id, kind: "checkout", generation: 1 });
  for (const table of ["orders", "order_details", "idempotency_keys", "cart_claims", "sagas"])
    expect([table, await count(table, id)]).toEqual([table, 1]);
  const events = await service.database.query(
    "select type, topic, data from events where subject = $1 order by version",
    [id],
  );
  expect(events.rows).toMatchObject([{ type: "OrderPlaced", topic: "order-events" }]);
  for (const secret of ["ada@example.org", "tok_visa", "Main St"])
    expect(JSON.stringify(events.rows)).not.toContain(secret);
});

test("one key sent 50 times at once makes one order and gets 50 equal answers", async () => {
  const who = shopper();
  const answers = await Promise.all(
    Array.from({ length: 50 }, async () => answerOf(await service.place(who, "same"))),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.status).toBe(202);
  const { rows } = await service.database.query("select 1 from orders where customer_id = $1", [who.userId]);
  expect(rows).toHaveLength(1);
});

test("the answer of a key goes before anything the cart has become since", async () => {
  const who = shopper();
  const first = await answerOf(await service.place(who, "again"));
  service.setCart(who, { ...sampleCart(9), items: [] });
  expect(await answerOf(await service.place(who, "again"))).toEqual(first);
});

test("fields in another order are the same request, another body under the same key is a 422", async () => {
  const who = shopper();
  const first = await answerOf(await service.place(who, "body"));
  const { cart, payment, shippingAddress } = orderBody();
  const turned = Object.fromEntries(Object.entries(shippingAddress).reverse());
  expect(
    await answerOf(await service.place(who, "body", { cart, payment, shippingAddress: turned })),
  ).toEqual(first);
  const other = await service.place(who, "body", { ...orderBody(), payment: { token: "tok_slow" } });
  expect(await problemOf(other)).toMatchObject({ status: 422, type: "idempotency-key-reused" });
});

test("the same key of two customers is two keys", async () => {
  const ids = await Promise.all(
    [shopper(), shopper()].map(async (who) => placed(await service.place(who, "k"))),
  );
  expect(new Set(ids).size).toBe(2);
});

test("a missing, empty or endless key is a 400", async () => {
  const who = shopper();
  for (const key of [undefined, "", "k".repeat(256)])
    expect((await problemOf(await service.place(who, key))).status).toBe(400);
  expect((await service.place(who, "k".repeat(255))).status).toBe(202);
});

test("a cart that moved on is a 409 with the cart as it is now", async () => {
  const who = shopper(4);
  const refused = await problemOf(await service.place(who, newId(), orderBody(3)));
  expect(refused).toMatchObject({ status: 409, type: "cart-changed", cart: { version: 4 } });
  expect((await problemOf(await service.place(who, newId(), orderBody(2 ** 53 - 1)))).status).toBe(409);
});

test("an empty cart is a 409, and one dearer than a payment may be a 422", async () => {
  const who = shopper();
  service.setCart(who, { ...sampleCart(), items: [] });
  expect(await problemOf(await service.place(who, newId()))).toMatchObject({
    status: 409,
    type: "cart-empty",
  });
  service.setCart(who, { ...sampleCart(), totalCents: 100_000_001 });
  expect(await problemOf(await service.place(who, newId()))).toMatchObject({
    status: 422,
    type: "order-too-large",
  });
});

test("another key for the same cart is a 409 that points to the first order, before and after the cart moved on", async () => {
  const who = shopper();
  const id = await placed(await service.place(who, "first"));
  for (const version of [3, 4]) {
    service.setCart(who, sampleCart(version));
    const second = await service.place(who, newId());
    expect(second.headers.get("location")).toBe(`/api/orders/${id}`);
    expect(await problemOf(second)).toMatchObject({ status: 409, type: "already-ordered", orderId: id });
  }
});

test("many keys for one cart at once make one order", async () => {
  const who = shopper();
  const answers = await Promise.all(Array.from({ length: 20 }, () => service.place(who, newId())));
  const statuses = answers.map((answer) => answer.status).sort();
  expect(statuses).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
  expect(new Set(answers.map((answer) => answer.headers.get("location"))).size).toBe(1);
});

test("a cart whose order was rejected or cancelled may be ordered again", async () => {
  const who = shopper();
  for (const ending of ["out-of-stock", "cancel", "last"] as const) {
    const id = await placed(await service.place(who, newId()));
    if (ending === "last") return;
    await withTransaction(service.database, async (tx) => {
      if (ending === "cancel") await changeOrder(tx, id, { type: "RequestCancel", by: "customer" });
      await changeOrder(tx, id, { type: "StartUndo", reason: "out-of-stock" });
      await changeOrder(tx, id, { type: "FinishUndo" });
    });
  }
});

test("a guest must give an e-mail address; an account's own is used unless another is given", async () => {
  const guest = { userId: newId(), role: "guest" as const };
  service.setCart(guest, sampleCart());
  const refused = await problemOf(await service.place(guest, newId()));
  expect(refused).toMatchObject({ status: 422, errors: [{ field: "email" }] });
  expect((await service.place(guest, newId(), { ...orderBody(), email: "guest@example.org" })).status).toBe(
    202,
  );
  const who = shopper();
  const id = await placed(await service.place(who, newId()));
  const order = await (await service.call(who, "GET", `/orders/${id}`)).json();
  expect(order).toMatchObject({ email: "ada@example.org", shippingAddress: { city: "Paris" } });
});

test("a cart that cannot be asked for is a 503 with Retry-After, and nothing is written", async () => {
  const who = customer();
  const response = await service.place(who, "later");
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  service.setCart(who, sampleCart());
  expect((await service.place(who, "later")).status).toBe(202);
});

test("a cart service that answers with a fault is a 503 with Retry-After too, in the body as well", async () => {
  const who = shopper();
  for (const status of [500, 503]) {
    service.failCarts(status);
    const response = await service.place(who, "faulty");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await response.json()).toMatchObject({ status: 503, title: "Not available just now" });
  }
  service.failCarts();
  expect((await service.place(who, "faulty")).status).toBe(202);
});

test("wrong fields are a 422 that names them", async () => {
  const who = shopper();
  const body = { ...orderBody(), shippingAddress: { name: "" }, payment: { token: "4242 4242 4242 4242" } };
  const refused = await problemOf(await service.place(who, newId(), body));
  const fields = (refused as unknown as { errors: { field: string }[] }).errors.map((error) => error.field);
  expect(fields).toEqual(expect.arrayContaining(["shippingAddress.name", "payment.token"]));
});
