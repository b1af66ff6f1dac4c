import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { rebuildProjection } from "@sockshop/platform/read-models.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../platform/test/postgres.ts";
import { joinGuest } from "../src/customers.ts";
import { ordersProjection } from "../src/orders.ts";
import { accountConsumer } from "../src/subscriptions.ts";
import { customer, openOrderService, orderBody, sampleCart } from "./order-service.ts";

let service: Awaited<ReturnType<typeof openOrderService>>;
beforeAll(async () => {
  service = await openOrderService();
});
afterAll(() => service.stop());

const hear = (type: string, data: Record<string, unknown>) =>
  withTransaction(service.database, (tx) => accountConsumer.handle(tx, { type, data } as CloudEvent));
const guestOrder = async () => {
  const guest = { userId: newId(), role: "guest" as const };
  service.setCart(guest, sampleCart());
  const response = await service.place(guest, "guest-key", { ...orderBody(), email: "guest@example.org" });
  const body = await response.text();
  return { guest, id: (JSON.parse(body) as { id: string }).id, body };
};

test("what a guest ordered follows into the account, and so do the keys", async () => {
  const { guest, id, body } = await guestOrder();
  const account = customer();
  await hear("GuestJoined", { guestId: guest.userId, accountId: account.userId });
  await hear("GuestJoined", { guestId: guest.userId, accountId: account.userId });
  expect((await service.call(account, "GET", `/orders/${id}`)).status).toBe(200);
  expect((await service.call(guest, "GET", `/orders/${id}`)).status).toBe(404);
  service.setCart(account, sampleCart(0));
  const again = await service.place(account, "guest-key", { ...orderBody(), email: "guest@example.org" });
  expect([again.status, await again.text()]).toEqual([202, body]);
});

test("what a guest orders while joining is the account's", async () => {
  const guest = { userId: newId(), role: "guest" as const };
  const account = customer();
  service.setCart(guest, sampleCart(), account.userId);
  await hear("GuestJoined", { guestId: guest.userId, accountId: account.userId });
  const placed = await service.place(guest, newId(), { ...orderBody(), email: "guest@example.org" });
  const { id } = (await placed.json()) as { id: string };
  expect((await service.call(account, "GET", `/orders/${id}`)).status).toBe(200);
});

test("nothing personal is left of an erased account, and it orders no more", async () => {
  const who = customer();
  service.setCart(who, sampleCart());
  const { id } = (await (await service.place(who, newId())).json()) as { id: string };
  await hear("AccountErased", { accountId: who.userId });
  const { rows } = await service.database.query("select * from order_details where order_id = $1", [id]);
  expect(rows).toEqual([{ order_id: id, email: "", shipping_address: {}, payment_token: null }]);
  service.setCart(who, sampleCart(4));
  expect((await service.place(who, newId(), orderBody(4))).status).toBe(403);
});

test("the read model rebuilt from its events has the same rows", async () => {
  const { guest } = await guestOrder();
  await hear("GuestJoined", { guestId: guest.userId, accountId: newId() });
  const rows = async () => (await service.database.query("select * from orders order by order_id")).rows;
  const before = await rows();
  const projection = ordersProjection as unknown as Parameters<typeof rebuildProjection>[1]["projection"];
  await rebuildProjection(service.database, { stream: "order", projection });
  expect(await rows()).toEqual(before);
});

test("a key that the account repeats while its guest joins is answered, with no fault", async () => {
  const { guest, body } = await guestOrder();
  const account = customer();
  service.setCart(account, sampleCart());
  const joining = await service.database.connect();
  await joining.query("begin");
  await joinGuest(joining, guest.userId, account.userId);
  const again = service.place(account, "guest-key", {
    ...orderBody(),
    email: "guest@example.org",
  });
  await eventually("the repeat waits", async () => {
    const { rowCount } = await service.database.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return Boolean(rowCount);
  });
  await joining.query("commit");
  joining.release();
  const answer = await again;
  expect([answer.status, await answer.text()]).toEqual([202, body]);
});

test("a guest's key is known in the account that the cart has joined already, although the word of it is still to come", async () => {
  const { guest, body } = await guestOrder();
  const account = customer();
  service.setCart(account, sampleCart(), account.userId, [guest.userId]);
  const again = await service.place(account, "guest-key", { ...orderBody(), email: "guest@example.org" });
  expect([again.status, await again.text()]).toEqual([202, body]);
  const other = await service.place(account, "guest-key", { ...orderBody(), email: "else@example.org" });
  expect(other.status).toBe(422);
  const next = await service.place(account, "another-key");
  expect([next.status, (await next.text()) === body]).toEqual([202, false]);
});
