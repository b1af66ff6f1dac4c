import { readTopic } from "@sockshop/platform/events.ts";
import { assignPositions } from "@sockshop/platform/relay.ts";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Account, account } from "../src/account.ts";
import { sweep } from "../src/expired-visits.ts";
import { type Door, openDoor, visitor } from "./door.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());
beforeEach(async () => {
  await door.database.query("truncate users, events, streams, topic_heads cascade");
  door.stand.reset();
});

const joined = async () => {
  await assignPositions(door.database, "account-events");
  const { items } = await readTopic(door.database, "account-events", 0, 500);
  return items.map(({ type, data }) => ({ type, ...(data as { guestId: string; accountId: string }) }));
};
const guestNow = async () => {
  const guest = door.visitor();
  await guest.get("/api/cart");
  const id = (await guest.session())?.user.id ?? "";
  return { guest, id };
};

test("given an open guest, joining is told once; a repeat or another account changes nothing", () => {
  const guestId = "0190a5a0-0000-7000-8000-000000000001";
  fc.assert(
    fc.property(fc.array(fc.uuid(), { minLength: 1, maxLength: 6 }), (accountIds) => {
      let state: Account = account.initial;
      const events = accountIds.flatMap((accountId) => {
        const decided = account.decide({ type: "JoinGuest", guestId, accountId }, state);
        state = decided.reduce(account.evolve, state);
        return decided;
      });
      expect(events).toEqual([{ type: "GuestJoined", data: { guestId, accountId: accountIds[0] } }]);
    }),
  );
});

test("a guest joins or expires, never both, and either once", () => {
  const guestId = "0190a5a0-0000-7000-8000-000000000001";
  const join = { type: "JoinGuest", guestId, accountId: "0190a5a0-0000-7000-8000-000000000002" } as const;
  const expire = { type: "ExpireGuest", guestId } as const;
  for (const [first, ...later] of [
    [join, expire, join],
    [expire, join, expire],
  ] as const) {
    const state = account.decide(first, account.initial).reduce(account.evolve, account.initial);
    expect(state.status).toBe(first === join ? "joined" : "expired");
    for (const command of later) expect(account.decide(command, state)).toEqual([]);
  }
});

test("the first cart call begins a guest, and the next one is the same guest", async () => {
  const guest = door.visitor();
  expect((await guest.get("/api/cart")).status).toBe(200);
  const first = await door.identityIn(door.stand.last()?.headers.authorization, "cart");
  expect(first).toMatchObject({ role: "guest" });
  expect(first).not.toHaveProperty("email");
  await guest.post("/api/cart/items", { sku: "a", quantity: 1 });
  expect((await door.identityIn(door.stand.last()?.headers.authorization, "cart")).userId).toBe(first.userId);
  const session = await guest.session();
  expect(session?.user).toEqual({ id: first.userId, name: "Anonymous", role: "guest", isAnonymous: true });
});

test("reading the catalogue, and a request that is refused, begin none", async () => {
  const passerBy = door.visitor();
  await passerBy.get("/api/catalog/products");
  expect((await passerBy.post("/api/cart/items", {}, { "content-type": "text/plain" })).status).toBe(415);
  await door.visitor().post("/api/orders/x/ship");
  expect(passerBy.cookies.size).toBe(0);
  const { rowCount } = await door.database.query("select 1 from users");
  expect(rowCount).toBe(0);
});

test("registering joins the guest to the account, and the guest is gone", async () => {
  const { guest, id } = await guestNow();
  await guest.signUp("ada@example.com");
  const accountId = (await guest.session())?.user.id;
  expect(accountId).not.toBe(id);
  expect(await joined()).toEqual([{ type: "GuestJoined", guestId: id, accountId }]);
  const { rows } = await door.database.query("select id from users");
  expect(rows).toEqual([{ id: accountId }]);
});

test("every guest an account was before joins it at its sign-in", async () => {
  const first = await guestNow();
  await first.guest.signUp("ada@example.com");
  const accountId = (await first.guest.session())?.user.id;
  const second = await guestNow();
  await second.guest.signIn("ada@example.com");
  expect(await joined()).toEqual([
    { type: "GuestJoined", guestId: first.id, accountId },
    { type: "GuestJoined", guestId: second.id, accountId },
  ]);
});

test("a failed sign-in leaves the guest as it was", async () => {
  const { guest, id } = await guestNow();
  expect((await guest.signIn("nobody@example.com")).status).toBe(401);
  expect((await guest.session())?.user.id).toBe(id);
  expect(await joined()).toEqual([]);
});

test("when joining fails between the sign-in and the answer, the guest remains and the next sign-in joins it once", async () => {
  await door.visitor().signUp("ada@example.com");
  const { guest, id } = await guestNow();
  await door.database.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '57014'; end $$;
    create trigger refuse before delete on users for each row execute function refuse();`);
  expect((await guest.signIn("ada@example.com")).status).toBe(503);
  expect(await joined()).toEqual([]);
  await door.database.query("drop function refuse cascade");
  expect((await guest.session())?.user.id).toBe(id);
  expect((await guest.signIn("ada@example.com")).status).toBe(200);
  expect((await joined()).map(({ guestId }) => guestId)).toEqual([id]);
});

test("one guest's cookie in two sign-ins at once joins one account only", async () => {
  await door.visitor().signUp("ada@example.com");
  await door.visitor().signUp("bob@example.com");
  const { guest, id } = await guestNow();
  const twin = visitor(door.address);
  for (const [name, value] of guest.cookies) twin.cookies.set(name, value);
  await Promise.all([guest.signIn("ada@example.com"), twin.signIn("bob@example.com")]);
  expect((await joined()).map(({ guestId }) => guestId)).toEqual([id]);
});

test("expired sessions are swept away, and with them the guests that nobody can be any more", async () => {
  const kept = await guestNow();
  const expired = await guestNow();
  const young = await guestNow();
  const account = await guestNow();
  await account.guest.signUp("ada@example.com");
  const accountId = (await account.guest.session())?.user.id ?? "";
  const ids = [expired.id, young.id, accountId];
  await door.database.query("update sessions set expires_at = now() where user_id = any($1)", [ids]);
  await door.database.query("update users set created_at = now() - interval '2 days' where id <> $1", [
    young.id,
  ]);
  await sweep(door.database);
  const users = await door.database.query<{ id: string }>("select id from users");
  expect(users.rows.map(({ id }) => id).toSorted()).toEqual([kept.id, young.id, accountId].toSorted());
  expect((await door.database.query("select 1 from sessions")).rowCount).toBe(1);
  await sweep(door.database);
  expect((await joined()).filter(({ type }) => type === "GuestExpired")).toEqual([
    { type: "GuestExpired", guestId: expired.id },
  ]);
});
