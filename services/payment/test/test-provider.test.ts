import { newId } from "@sockshop/platform/ids.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWithProvider } from "./with-provider.ts";

let opened: Awaited<ReturnType<typeof openWithProvider>>;
beforeAll(async () => {
  opened = await openWithProvider();
});
afterAll(() => opened.close());

function movements(token: string) {
  const reference = newId();
  const authorizationId = `${reference}:authorize`;
  const { provider } = opened;
  return {
    reference,
    authorizationId,
    authorize: () =>
      provider.authorize({ id: authorizationId, reference, amountCents: 5_000, currency: "USD", token }),
    capture: (id = "capture") => provider.capture({ id: `${reference}:${id}`, authorizationId }),
    void: () => provider.void({ id: `${reference}:void`, authorizationId, reference }),
    refund: (id: string, amountCents: number) =>
      provider.refund({ id: `${reference}:${id}`, authorizationId, amountCents }),
    balance: () => opened.balance(reference),
  };
}
const done = { status: "done" };
const refused = (reason: string) => ({ status: "refused", reason });

test("a good card is held, charged once however often it is asked, and given back up to what was taken", async () => {
  const card = movements("tok_visa");
  expect(await card.authorize()).toEqual(done);
  expect(await card.balance()).toEqual({ heldCents: 5_000, paidCents: 0, captures: 0 });
  expect([await card.capture(), await card.capture()]).toEqual([done, done]);
  expect(await card.capture("again")).toEqual(refused("captured"));
  expect(await card.balance()).toEqual({ heldCents: 0, paidCents: 5_000, captures: 1 });
  expect([await card.refund("r1", 4_000), await card.refund("r1", 4_000)]).toEqual([done, done]);
  expect(await card.refund("r2", 1_001)).toEqual(refused("exceeds-captured"));
  expect(await card.balance()).toEqual({ heldCents: 0, paidCents: 1_000, captures: 1 });
  expect(await card.void()).toEqual(refused("captured"));
});

test("cards that are declined, short of money or unknown are refused with the reason, and nothing is held", async () => {
  for (const [token, reason] of [
    ["tok_declined", "declined"],
    ["tok_insufficient_funds", "insufficient-funds"],
    ["4242", "unknown-token"],
    ["constructor", "unknown-token"],
  ] as const) {
    const card = movements(token);
    expect([await card.authorize(), await card.authorize()]).toEqual([refused(reason), refused(reason)]);
    expect(await card.capture()).toEqual(refused("declined"));
    expect(await card.balance()).toEqual({ heldCents: 0, paidCents: 0, captures: 0 });
    expect(await card.void()).toEqual(done);
  }
});

test("tok_flaky fails twice and then works", async () => {
  const card = movements("tok_flaky");
  await expect(card.authorize()).rejects.toThrow("stumbled");
  await expect(card.authorize()).rejects.toThrow("stumbled");
  expect(await opened.provider.find(card.authorizationId)).toBeUndefined();
  expect(await card.authorize()).toEqual(done);
});

test("tok_lost_reply holds the money and drops the reply, and a look-up tells", async () => {
  const card = movements("tok_lost_reply");
  await expect(card.authorize()).rejects.toThrow("reply was lost");
  expect(await opened.provider.find(card.authorizationId)).toEqual(done);
  expect(await card.authorize()).toEqual(done);
  expect(await card.balance()).toMatchObject({ heldCents: 5_000 });
});

test("tok_slow answers in the end, and tok_capture_fails is held but never taken", async () => {
  expect(await movements("tok_slow").authorize()).toEqual(done);
  const card = movements("tok_capture_fails");
  expect([await card.authorize(), await card.capture()]).toEqual([done, refused("capture-refused")]);
  expect(await card.balance()).toMatchObject({ heldCents: 5_000, paidCents: 0 });
  expect(await card.void()).toEqual(done);
  expect(await card.balance()).toMatchObject({ heldCents: 0, paidCents: 0 });
});

test("a void that comes first bars the authorization for ever", async () => {
  const card = movements("tok_visa");
  expect([await card.void(), await card.void()]).toEqual([done, done]);
  expect(await opened.provider.find(card.authorizationId)).toEqual(refused("voided"));
  expect(await card.authorize()).toEqual(refused("voided"));
  expect(await card.capture()).toEqual(refused("voided"));
  expect(await card.balance()).toEqual({ heldCents: 0, paidCents: 0, captures: 0 });
});

test("of a capture and a void at once exactly one wins", async () => {
  for (let round = 0; round < 10; round++) {
    const card = movements("tok_visa");
    await card.authorize();
    const [captured, voided] = await Promise.all([card.capture(), card.void()]);
    expect([captured.status, voided.status].sort()).toEqual(["done", "refused"]);
    expect((await card.balance()).paidCents).toBe(captured.status === "done" ? 5_000 : 0);
  }
});

test("twenty equal authorizations at once hold the money once, also against a void at the same moment", async () => {
  const card = movements("tok_visa");
  const answers = await Promise.all(Array.from({ length: 20 }, () => card.authorize()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["done"]));
  expect(await card.balance()).toMatchObject({ heldCents: 5_000 });
  const other = movements("tok_visa");
  await Promise.all([other.authorize(), other.void(), other.authorize()]);
  expect(await other.balance()).toMatchObject({ heldCents: 0 });
});

test("the provider's books hold no token", async () => {
  await movements("tok_visa").authorize();
  const dump: unknown[] = [];
  for (const table of ["authorizations", "movements", "failed_attempts"])
    dump.push((await opened.ledgerDatabase.query(`select * from ${table}`)).rows);
  expect(JSON.stringify(dump)).not.toContain("tok_");
});
