import { withTransaction } from "@sockshop/platform/database.ts";
import { readStream } from "@sockshop/platform/events.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorize, capture, type Parts, payments, refund, voidPayment } from "../src/payment-steps.ts";
import { anOrder, type Fault, openWithProvider, overLine } from "./with-provider.ts";

let opened: Awaited<ReturnType<typeof openWithProvider>>;
let parts: Parts;
beforeAll(async () => {
  opened = await openWithProvider();
  parts = opened.parts;
});
afterAll(() => opened.close());

const done = { status: "done" };
const undone = { status: "undone" };
const refused = (reason: string) => ({ status: "refused", reason });
const told = async (orderId: string) =>
  (await readStream(opened.database, "payment", orderId)).map(({ type }) => type);
const tokens = async (orderId: string) =>
  (await opened.database.query("select 1 from payment_tokens where order_id = $1", [orderId])).rowCount;
const rows = async (orderId: string) =>
  Object.fromEntries(
    (
      await opened.database.query<{ operation: string; status: string }>(
        "select operation, status from payment_operations where order_id = $1",
        [orderId],
      )
    ).rows.map(({ operation, status }) => [operation, status]),
  );
/** Parts whose line to the provider breaks as scripted, one entry a call. */
const faulty = (...faults: Fault[]): Parts => ({
  ...parts,
  provider: overLine(opened.provider, () => faults.shift()),
});
const away = "not available just now";
type Step = "authorize" | "capture" | "void" | "refund";

test("a payment is held, taken and given back, and a repeat of any step answers what stands", async () => {
  const order = anOrder();
  for (const _ of [1, 2]) {
    expect(await authorize(parts, order.authorize)).toEqual(done);
    expect(await capture(parts, order.step)).toEqual(done);
    expect(await refund(parts, order.refund("r1", 2_000))).toEqual(done);
  }
  expect(await told(order.orderId)).toEqual(["PaymentAuthorized", "PaymentCaptured", "PaymentRefunded"]);
  expect(await opened.balance(order.orderId)).toEqual({ heldCents: 0, paidCents: 3_000, captures: 1 });
  expect(await tokens(order.orderId)).toBe(0);
});

test("a declined card is a refusal that stays one, told once, and its token is forgotten", async () => {
  for (const [token, reason] of [
    ["tok_declined", "declined"],
    ["tok_insufficient_funds", "insufficient-funds"],
    ["tok_nobody_knows", "unknown-token"],
  ] as const) {
    const order = anOrder(token);
    expect(await authorize(parts, order.authorize)).toEqual(refused(reason));
    expect(await authorize(parts, { ...order.authorize, token: "tok_visa" })).toEqual(refused(reason));
    expect(await voidPayment(parts, order.step)).toEqual(done);
    expect(await capture(parts, order.step)).not.toEqual(done);
    expect(await told(order.orderId)).toEqual(["PaymentDeclined"]);
    expect(await tokens(order.orderId)).toBe(0);
  }
});

test("a card whose capture fails is refused at capture and can be voided", async () => {
  const order = anOrder("tok_capture_fails");
  expect(await authorize(parts, order.authorize)).toEqual(done);
  expect(await capture(parts, order.step)).toEqual(refused("capture-refused"));
  expect(await capture(parts, order.step)).toEqual(refused("capture-refused"));
  expect(await voidPayment(parts, order.step)).toEqual(done);
  expect(await opened.balance(order.orderId)).toEqual({ heldCents: 0, paidCents: 0, captures: 0 });
});

test("a slow, a flaky and a reply-losing card end with the money held once; faults are for the caller to repeat", async () => {
  for (const [token, faults] of [
    ["tok_slow", 0],
    ["tok_flaky", 2],
    ["tok_lost_reply", 1],
  ] as const) {
    const order = anOrder(token);
    for (let fault = 0; fault < faults; fault++) {
      await expect(authorize(parts, order.authorize)).rejects.toMatchObject({ status: 503 });
      expect(await tokens(order.orderId)).toBe(1);
    }
    const { token: _, ...withoutToken } = order.authorize;
    expect(await authorize(parts, faults > 0 ? withoutToken : order.authorize)).toEqual(done);
    expect(await authorize(parts, withoutToken)).toEqual(done);
    expect(await opened.balance(order.orderId)).toMatchObject({ heldCents: 5_000 });
    expect(await tokens(order.orderId)).toBe(0);
    expect(await told(order.orderId)).toEqual(["PaymentAuthorized"]);
  }
});

test("without a token there is nothing to charge, which is a refusal and no fault", async () => {
  const { token: _, ...withoutToken } = anOrder().authorize;
  expect(await authorize(parts, withoutToken)).toEqual(refused("no-token"));
});

test("a process that dies before or after any call to the provider moves the money exactly once", async () => {
  for (const fault of ["before", "after"] as const) {
    const order = anOrder();
    const steps = [
      (over: Parts) => authorize(over, order.authorize),
      (over: Parts) => capture(over, order.step),
      (over: Parts) => refund(over, order.refund("r1", 1_000)),
    ];
    for (const step of steps) {
      await expect(step(faulty(fault))).rejects.toThrow(away);
      // The look-up of the repeat fails too, and then what follows it.
      await expect(step(faulty("before"))).rejects.toThrow(away);
      if (fault === "before") await expect(step(faulty(undefined, "after"))).rejects.toThrow(away);
      expect(await step(parts)).toEqual(done);
    }
    expect(await opened.balance(order.orderId)).toEqual({ heldCents: 0, paidCents: 4_000, captures: 1 });
    expect(await told(order.orderId)).toEqual(["PaymentAuthorized", "PaymentCaptured", "PaymentRefunded"]);
  }
});

test("a void that dies at any call is finished by its repeat, and nothing stays held", async () => {
  const line: Fault[][] = [["before"], ["after"], [undefined, "before"], [undefined, "after"]];
  for (const faults of line) {
    for (const known of [true, false]) {
      const order = anOrder();
      if (known) await authorize(parts, order.authorize);
      else await expect(authorize(faulty("after"), order.authorize)).rejects.toThrow(away);
      await voidPayment(faulty(...faults), order.step).catch(() => {});
      expect(await voidPayment(parts, order.step)).toEqual(done);
      expect(await authorize(parts, order.authorize)).toEqual(undone);
      expect(await opened.balance(order.orderId)).toEqual({ heldCents: 0, paidCents: 0, captures: 0 });
      expect(await told(order.orderId)).toEqual(["PaymentAuthorized", "PaymentVoided"]);
      expect(await tokens(order.orderId)).toBe(0);
    }
  }
});

test("a void settles an authorization that never reached the provider, so that it can never come late", async () => {
  const order = anOrder();
  await expect(authorize(faulty("before"), order.authorize)).rejects.toThrow(away);
  expect(await voidPayment(parts, order.step)).toEqual(done);
  expect(await authorize(parts, order.authorize)).toEqual(undone);
  expect(await opened.provider.find(`${order.orderId}:authorize`)).toEqual(refused("voided"));
  expect(await tokens(order.orderId)).toBe(0);
});

test("an authorization under way while the void comes through is undone, whichever reaches the provider first", async () => {
  for (const moment of ["before", "after"] as const) {
    const order = anOrder();
    const meanwhile: Parts = {
      ...parts,
      provider: {
        ...opened.provider,
        async authorize(movement) {
          if (moment === "before") await voidPayment(parts, order.step);
          const answer = await opened.provider.authorize(movement);
          if (moment === "after") await voidPayment(parts, order.step);
          return answer;
        },
      },
    };
    expect(await authorize(meanwhile, order.authorize)).toEqual(undone);
    expect(await opened.balance(order.orderId)).toMatchObject({ heldCents: 0, paidCents: 0 });
    expect(await rows(order.orderId)).toEqual({ authorize: "undone", void: "done" });
  }
});

test("a capture under way while a void comes: the provider decides, and both steps say the same", async () => {
  for (const moment of ["before", "after"] as const) {
    const order = anOrder();
    await authorize(parts, order.authorize);
    let voided: unknown;
    const meanwhile: Parts = {
      ...parts,
      provider: {
        ...opened.provider,
        async capture(movement) {
          if (moment === "before") voided = await voidPayment(parts, order.step);
          const answer = await opened.provider.capture(movement);
          if (moment === "after") voided = await voidPayment(parts, order.step);
          return answer;
        },
      },
    };
    const taken = moment === "after";
    expect(await capture(meanwhile, order.step)).toEqual(taken ? done : undone);
    expect(voided).toEqual(taken ? refused("captured") : done);
    expect((await opened.balance(order.orderId)).paidCents).toBe(taken ? 5_000 : 0);
  }
});

test("a capture whose outcome is unknown is settled by a void, and by its own repeat", async () => {
  const taken = anOrder();
  await authorize(parts, taken.authorize);
  await expect(capture(faulty("after"), taken.step)).rejects.toThrow(away);
  expect(await voidPayment(parts, taken.step)).toEqual(refused("captured"));
  expect(await capture(parts, taken.step)).toEqual(done);
  const open = anOrder();
  await authorize(parts, open.authorize);
  await expect(capture(faulty("before"), open.step)).rejects.toThrow(away);
  expect(await voidPayment(parts, open.step)).toEqual(done);
  expect(await rows(open.orderId)).toEqual({ authorize: "undone", capture: "undone", void: "done" });
  expect(await capture(parts, open.step)).toEqual(undone);
});

test("steps may come in any order: nothing is taken that was not held, and what was undone stays undone", async () => {
  const permutations = (all: Step[]): Step[][] =>
    all.length < 2
      ? [all]
      : all.flatMap((first) =>
          permutations(all.filter((step) => step !== first)).map((rest) => [first, ...rest]),
        );
  for (const steps of permutations(["authorize", "capture", "void", "refund"])) {
    const order = anOrder();
    const run = async () => {
      const answers: Record<string, string> = {};
      for (const step of steps) {
        if (step === "authorize") answers[step] = (await authorize(parts, order.authorize)).status;
        if (step === "capture") answers[step] = (await capture(parts, order.step)).status;
        if (step === "void") answers[step] = (await voidPayment(parts, order.step)).status;
        if (step === "refund") answers[step] = (await refund(parts, order.refund("r", 5_000))).status;
      }
      return answers;
    };
    const first = await run();
    const before = (one: Step, other: Step) => steps.indexOf(one) < steps.indexOf(other);
    const captured = before("authorize", "capture") && before("capture", "void");
    const refunded = captured && before("capture", "refund");
    expect({ steps, ...first }).toMatchObject({
      steps,
      authorize: before("void", "authorize") ? "undone" : "done",
      void: captured ? "refused" : "done",
      refund: refunded ? "done" : "refused",
    });
    expect(first.capture).toBe(captured ? "done" : before("void", "capture") ? "undone" : "refused");
    expect(await opened.balance(order.orderId)).toMatchObject({
      heldCents: 0,
      paidCents: captured && !refunded ? 5_000 : 0,
    });
    const again = await run();
    expect({ ...again, authorize: "" }).toEqual({ ...first, authorize: "" });
  }
});

test("a lower generation than one seen is superseded at every step, and a higher one goes on from what stands", async () => {
  const order = anOrder();
  const at = <Asked extends object>(asked: Asked, generation: number) => ({ ...asked, generation });
  expect(await authorize(parts, at(order.authorize, 2))).toEqual(done);
  const superseded = { status: "superseded" };
  expect(await authorize(parts, order.authorize)).toEqual(superseded);
  expect(await capture(parts, order.step)).toEqual(superseded);
  expect(await voidPayment(parts, order.step)).toEqual(superseded);
  expect(await refund(parts, order.refund("r", 1))).toEqual(superseded);
  expect(await capture(parts, at(order.step, 3))).toEqual(done);
  expect(await authorize(parts, at(order.authorize, 2))).toEqual(superseded);
  expect(await authorize(parts, at(order.authorize, 3))).toEqual(done);
});

test("twenty equal requests at once, through any step, move the money once", async () => {
  const order = anOrder();
  const twenty = async (step: () => Promise<{ status: string }>) =>
    new Set((await Promise.all(Array.from({ length: 20 }, step))).map(({ status }) => status));
  expect(await twenty(() => authorize(parts, order.authorize))).toEqual(new Set(["done"]));
  expect(await opened.balance(order.orderId)).toMatchObject({ heldCents: 5_000 });
  expect(await twenty(() => capture(parts, order.step))).toEqual(new Set(["done"]));
  expect(await twenty(() => refund(parts, order.refund("r1", 1_500)))).toEqual(new Set(["done"]));
  expect(await opened.balance(order.orderId)).toEqual({ heldCents: 0, paidCents: 3_500, captures: 1 });
  expect(await told(order.orderId)).toEqual(["PaymentAuthorized", "PaymentCaptured", "PaymentRefunded"]);
});

test("refunds at once never give back more than was captured, unknown outcomes counted", async () => {
  const order = anOrder();
  await authorize(parts, order.authorize);
  await capture(parts, order.step);
  await expect(refund(faulty("after"), order.refund("lost", 2_000))).rejects.toThrow(away);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, nr) => refund(parts, order.refund(`r${nr}`, 1_000))),
  );
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(3);
  expect(answers.filter(({ reason }) => reason === "exceeds-captured")).toHaveLength(7);
  expect(await refund(parts, order.refund("lost", 2_000))).toEqual(done);
  expect(await opened.balance(order.orderId)).toMatchObject({ paidCents: 0 });
});

test("while the payment is locked by another, no request has reached the provider yet", async () => {
  const order = anOrder();
  let asked = false;
  const watching: Parts = {
    ...parts,
    provider: overLine(opened.provider, () => {
      asked = true;
      return undefined;
    }),
  };
  const pending = await withTransaction(opened.database, async (tx) => {
    await payments.lock(tx, order.orderId);
    const answer = authorize(watching, order.authorize);
    await tx.query("select 1");
    expect(asked).toBe(false);
    return { answer };
  });
  expect(await pending.answer).toEqual(done);
});
