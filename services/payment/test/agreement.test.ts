import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { paidCents } from "../src/payment.ts";
import { authorize, capture, type Parts, payments, refund, voidPayment } from "../src/payment-steps.ts";
import { anOrder, type Fault, openWithProvider, overLine } from "./with-provider.ts";

let opened: Awaited<ReturnType<typeof openWithProvider>>;
beforeAll(async () => {
  opened = await openWithProvider();
});
afterAll(() => opened.close());

const token = fc.constantFrom("tok_visa", "tok_flaky", "tok_lost_reply", "tok_capture_fails", "tok_declined");
const fault = fc.constantFrom<Fault>(undefined, undefined, undefined, "before", "after");
const step = fc.record({
  name: fc.constantFrom<string>("authorize", "capture", "void", "refund:a", "refund:b"),
  cents: fc.constantFrom<number>(2_000, 3_000, 5_000),
  generation: fc.integer({ min: 1, max: 2 }),
  faults: fc.array(fault, { maxLength: 4 }),
  /** Sent this often at the same moment. */
  times: fc.integer({ min: 1, max: 3 }),
  /** Whether the next step does not wait for this one. */
  overlaps: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Order = ReturnType<typeof anOrder>;

function take(parts: Parts, order: Order, { name, cents, generation }: Step) {
  const asked = { orderId: order.orderId, generation };
  if (name === "authorize") return authorize(parts, { ...order.authorize, generation });
  if (name === "capture") return capture(parts, asked);
  if (name === "void") return voidPayment(parts, asked);
  return refund(parts, { ...order.refund(name.slice(7), cents), generation });
}

async function run(order: Order, steps: Step[]): Promise<void> {
  let pending: Promise<unknown>[] = [];
  for (const next of steps) {
    const provider = overLine(opened.provider, () => next.faults.shift());
    for (let time = 0; time < next.times; time++)
      pending.push(take({ ...opened.parts, provider }, order, next).catch(() => {}));
    if (next.overlaps) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
}

/** Repeats what was begun until nothing is unknown, as the saga does. */
async function settleAll(order: Order): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const { rows } = await opened.database.query<{ operation: string }>(
      "select operation from payment_operations where order_id = $1 and status = 'requested'",
      [order.orderId],
    );
    if (rows.length === 0) return;
    for (const { operation } of rows) {
      const repeat: Step = {
        name: operation,
        cents: 1,
        generation: 2,
        faults: [],
        times: 1,
        overlaps: false,
      };
      await take(opened.parts, order, repeat).catch(() => {});
    }
  }
  throw new Error("an operation never settled");
}

test("whatever is asked, repeated, overtaken or lost, the provider's books and ours say the same", async () => {
  await fc.assert(
    fc.asyncProperty(token, fc.array(step, { minLength: 1, maxLength: 8 }), async (card, steps) => {
      const order = anOrder(card);
      await run(order, steps);
      await settleAll(order);
      const state = await payments.load(opened.database, order.orderId);
      const balance = await opened.balance(order.orderId);
      expect(balance).toEqual({
        heldCents: state.status === "authorized" ? 5_000 : 0,
        paidCents: paidCents(state),
        captures: state.status === "captured" ? 1 : 0,
      });
      const { rows } = await opened.database.query<{ cents: number }>(
        `select coalesce(sum(case operation when 'capture' then amount_cents else -amount_cents end), 0)::int as cents
         from payment_operations where order_id = $1 and status = 'done' and (operation = 'capture' or operation like 'refund:%')`,
        [order.orderId],
      );
      expect(rows[0]?.cents).toBe(balance.paidCents);
      const kept = "select 1 from payment_tokens where order_id = $1";
      expect((await opened.database.query(kept, [order.orderId])).rowCount).toBe(0);
    }),
    { numRuns: 120 },
  );
}, 60_000);
