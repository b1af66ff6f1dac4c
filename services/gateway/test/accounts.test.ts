import { getMigrations } from "better-auth/db/migration";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../platform/test/postgres.ts";
import { ensureAdministrator } from "../src/administrator.ts";
import { type Door, openDoor, visitor } from "./door.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());

const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  return (await response.json()) as { type: string; status: number; errors?: { field: string }[] };
};

test("our tables are the account library's, so that an upgrade that wants more is noticed", async () => {
  const { toBeCreated, toBeAdded } = await getMigrations(door.accounts.options);
  expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
});

test("a customer registers, is known, signs out and signs in again", async () => {
  const ada = door.visitor();
  const registered = await ada.signUp("Ada@Example.com");
  expect(registered.status).toBe(200);
  const { user } = (await registered.json()) as { user: Record<string, unknown> };
  expect(user).toMatchObject({
    name: "Ada",
    email: "ada@example.com",
    role: "customer",
    isAnonymous: false,
  });
  expect(user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect((await ada.session())?.user.id).toBe(user.id);
  expect((await ada.signOut()).status).toBe(200);
  expect(await ada.session()).toBeNull();
  expect((await ada.signIn("ada@example.com")).status).toBe(200);
  expect((await ada.session())?.user.id).toBe(user.id);
});

test("session cookies are HttpOnly and SameSite=Lax, and no answer shows the session's token", async () => {
  const response = await door.visitor().signUp("cookies@example.com");
  const lines = response.headers.getSetCookie();
  expect(lines.map((line) => line.split("=")[0])).toEqual([
    "sockshop.session_token",
    "sockshop.session_data",
  ]);
  for (const line of lines) {
    expect(line).toContain("HttpOnly");
    expect(line).toContain("SameSite=Lax");
    expect(line).not.toContain("Secure");
  }
  expect(await response.text()).not.toContain("token");
});

test("cookies are Secure, and HSTS is sent, where the shop is served over https", async () => {
  const secure = await openDoor({ publicUrl: "https://shop.example" });
  const response = await secure.visitor().signUp("cookies@example.com");
  for (const line of response.headers.getSetCookie()) expect(line).toMatch(/^__Secure-.*Secure/);
  expect(response.headers.get("strict-transport-security")).toContain("max-age");
  await secure.close();
});

test("what is wrong with a registration is told field by field", async () => {
  const attempts = [
    { body: { name: "", email: "ada", password: "short" }, fields: ["name", "email", "password"] },
    { body: { name: "A", email: "long@example.com", password: "x".repeat(129) }, fields: ["password"] },
    {
      body: { name: "A\u0000", email: "nul@example.com", password: "pass\u0000word" },
      fields: ["name", "password"],
    },
    { body: { name: 1, email: {}, password: 8 }, fields: ["name", "email", "password"] },
    { body: undefined, fields: ["name", "email", "password"] },
  ];
  for (const { body, fields } of attempts) {
    const response = await door.visitor().post("/api/auth/sign-up/email", body);
    expect(response.status).toBe(422);
    expect((await problemOf(response)).errors?.map(({ field }) => field)).toEqual(fields);
  }
});

test("nobody registers as an administrator", async () => {
  const eve = door.visitor();
  const body = { name: "Eve", email: "eve@example.com", password: "a good password", role: "admin" };
  expect((await eve.post("/api/auth/sign-up/email", body)).status).toBe(200);
  expect((await eve.session())?.user.role).toBe("customer");
});

test("a taken address is refused, also when two registrations meet", async () => {
  const statuses = await Promise.all(
    Array.from({ length: 5 }, async () => (await door.visitor().signUp("once@example.com")).status),
  );
  expect(statuses.toSorted()).toEqual([200, 409, 409, 409, 409]);
  const problem = await problemOf(await door.visitor().signUp("ONCE@example.com"));
  expect(problem.type).toBe("urn:sockshop:problem:email-taken");
});

test("a wrong password and an unknown address get one and the same answer", async () => {
  await door.visitor().signUp("known@example.com");
  const wrong = await door.visitor().signIn("known@example.com", "another password");
  const unknown = await door.visitor().signIn("unknown@example.com");
  expect(wrong.status).toBe(401);
  expect(await problemOf(wrong)).toEqual(await problemOf(unknown));
});

test("ten failed sign-ins a minute close an account's sign-in, to every address and whatever the spelling", async () => {
  await door.visitor().signUp("guessed@example.com");
  const guess = (email: string) => door.visitor().signIn(email, "a wrong guess");
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => (await guess("guessed@example.com")).status),
  );
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  const refused = await guess("Guessed@Example.com");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await problemOf(refused)).type).toBe("urn:sockshop:problem:too-many-requests");
  expect((await guess("someone-else@example.com")).status).toBe(401);
});

test("successful sign-ins are not counted", async () => {
  await door.visitor().signUp("frequent@example.com");
  for (let round = 0; round < 12; round += 1)
    expect((await door.visitor().signIn("frequent@example.com")).status).toBe(200);
});

test("the account library's other routes are closed", async () => {
  const ada = door.visitor();
  await ada.signUp("closed@example.com");
  const closed = [
    ["POST", "/api/auth/sign-in/anonymous"],
    ["POST", "/api/auth/delete-anonymous-user"],
    ["POST", "/api/auth/update-user"],
    ["POST", "/api/auth/change-email"],
    ["GET", "/api/auth/list-sessions"],
    ["GET", "/api/auth/ok"],
    ["POST", "/api/auth/sign-in/social"],
  ] as const;
  for (const [method, path] of closed) {
    const response = method === "GET" ? await ada.get(path) : await ada.post(path, {});
    expect([path, response.status]).toEqual([path, 404]);
  }
  expect((await ada.get("/api/auth/sign-out")).status).toBe(405);
});

test("a copied cookie is worth nothing after sign-out, although it carries a signed copy of the session", async () => {
  const ada = door.visitor();
  await ada.signUp("copied@example.com");
  const thief = visitor(door.address);
  for (const [name, value] of ada.cookies) thief.cookies.set(name, value);
  expect(await thief.session()).not.toBeNull();
  for (const [name, value] of ada.cookies) thief.cookies.set(name, value);
  await ada.signOut();
  expect(await thief.session()).toBeNull();
});

test("a session ended by another instance is not trusted any more", async () => {
  const ada = door.visitor();
  await ada.signUp("elsewhere@example.com");
  await door.database.query(
    "delete from sessions using users where users.id = user_id and email = 'elsewhere@example.com'",
  );
  await eventually("the session is over", async () => (await ada.session()) === null);
});

test("a forged or damaged cookie is nobody", async () => {
  for (const cookie of ["sockshop.session_token=abc.def", "sockshop.session_data=e30", "%%%", "a=b; ;;"]) {
    const response = await door.visitor().get("/api/auth/get-session", { cookie });
    expect(await response.json()).toBeNull();
  }
});

test("signing in as somebody else ends the session before", async () => {
  const browser = door.visitor();
  await browser.signUp("first@example.com");
  const former = new Map(browser.cookies);
  await browser.signUp("second@example.com");
  const left = visitor(door.address);
  for (const [name, value] of former) left.cookies.set(name, value);
  expect(await left.session()).toBeNull();
  expect((await browser.session())?.user.email).toBe("second@example.com");
});

test("a given administrator can sign in, and whoever registered that address before cannot", async () => {
  const squatter = door.visitor();
  await squatter.signUp("boss@example.com", "the squatter's password");
  const given = { database: door.database, accounts: door.accounts, email: "boss@example.com" };
  const password = "the administrator's";
  const told: string[] = [];
  const ensure = () => ensureAdministrator({ ...given, password, tell: (line) => told.push(line) });
  await Promise.all([ensure(), ensure()]);
  await eventually("the squatter is out", async () => (await squatter.session()) === null);
  expect((await squatter.signIn("boss@example.com", "the squatter's password")).status).toBe(401);
  const boss = door.visitor();
  expect((await boss.signIn("boss@example.com", password)).status).toBe(200);
  await ensure();
  expect((await boss.session())?.user.role).toBe("admin");
  expect(told).toEqual([]);
});

test("without one an administrator is made, and its password told once", async () => {
  const other = await openDoor();
  const told: string[] = [];
  const ensure = () =>
    ensureAdministrator({
      database: other.database,
      accounts: other.accounts,
      email: "admin@sockshop.local",
      password: undefined,
      tell: (line) => told.push(line),
    });
  await Promise.all([ensure(), ensure()]);
  await ensure();
  expect(told).toHaveLength(1);
  const password = told[0]?.match(/password (\S+) /)?.[1] ?? "";
  expect((await other.visitor().signIn("admin@sockshop.local", password)).status).toBe(200);
  await other.close();
});
