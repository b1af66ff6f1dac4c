import { readTopic } from "@sockshop/platform/events.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { assignPositions } from "@sockshop/platform/relay.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eraseAccount } from "../src/erasure.ts";
import { joinGuest } from "../src/guests.ts";
import { type Door, openDoor } from "./door.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());
beforeEach(async () => {
  await door.database.query("truncate users, events, streams, topic_heads cascade");
  door.stand.reset();
});

const told = async () => {
  await assignPositions(door.database, "account-events");
  const { items } = await readTopic(door.database, "account-events", 0, 500);
  return items.map(({ type, subject, data }) => ({ type, subject, data }));
};
const registered = async (email: string) => {
  const visitor = door.visitor();
  await visitor.signUp(email);
  return { visitor, id: (await visitor.session())?.user.id ?? "" };
};

test("an erased account is gone with its sessions and its password, and is told once", async () => {
  const { visitor, id } = await registered("ada@example.com");
  expect(await eraseAccount(door.database, "ada@example.com")).toBe(id);
  expect(await told()).toEqual([{ type: "AccountErased", subject: id, data: { accountId: id } }]);
  for (const table of ["users", "sessions", "credentials"])
    expect([table, (await door.database.query(`select from ${table}`)).rowCount]).toEqual([table, 0]);
  await expect.poll(() => visitor.session()).toBeNull();
  expect((await door.visitor().signIn("ada@example.com")).status).toBe(401);
});

test("the same address may register again, as somebody else", async () => {
  const { id } = await registered("ada@example.com");
  await eraseAccount(door.database, id);
  expect((await registered("ada@example.com")).id).not.toBe(id);
});

test("an address without an account is named as such, and nothing is told", async () => {
  await expect(eraseAccount(door.database, "nobody@example.com")).rejects.toMatchObject({ status: 404 });
  expect(await told()).toEqual([]);
});

test("a guest is erased by its id, even when its session is long over; one that joined an account is not", async () => {
  const gone = newId();
  await eraseAccount(door.database, gone);
  await eraseAccount(door.database, gone);
  expect(await told()).toEqual([{ type: "AccountErased", subject: gone, data: { accountId: gone } }]);
  const guest = door.visitor();
  await guest.get("/api/cart");
  const guestId = (await guest.session())?.user.id ?? "";
  await guest.signUp("ada@example.com");
  const accountId = (await guest.session())?.user.id;
  await expect(eraseAccount(door.database, guestId)).rejects.toThrow(`became account ${accountId}`);
});

test("the last administrator stays", async () => {
  const admin = await door.admin();
  await expect(eraseAccount(door.database, "admin@example.com")).rejects.toMatchObject({ status: 409 });
  expect((await admin.session())?.user.role).toBe("admin");
});

test("no guest joins an account that was just erased", async () => {
  const { id } = await registered("ada@example.com");
  await eraseAccount(door.database, id);
  await expect(joinGuest(door.database, { guestId: newId(), accountId: id })).rejects.toMatchObject({
    status: 401,
  });
});
