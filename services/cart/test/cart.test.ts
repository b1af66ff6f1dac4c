import { maxLines, maxQuantity } from "@sockshop/contracts/cart.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CartCommand, type CartEvent, type CartState, cart } from "../src/cart.ts";

const productId = "01890000-0000-7000-8000-000000000001";
const facts = (sku: string, quantity = 1, unitPriceCents = 500) => ({
  sku,
  productId,
  quantity,
  unitPriceCents,
});
const added = (sku: string, quantity = 1, price = 500): CartEvent => ({
  type: "CartItemAdded",
  data: facts(sku, quantity, price),
});
const changed = (sku: string, quantity: number, price = 500): CartEvent => ({
  type: "CartItemChanged",
  data: facts(sku, quantity, price),
});
const add = (sku: string, quantity = 1, price = 500): CartCommand => ({
  type: "AddItem",
  ...facts(sku, quantity, price),
});
const fold = (events: CartEvent[], from: CartState = cart.initial) => events.reduce(cart.evolve, from);
const given = (...events: CartEvent[]) => ({
  when: (command: CartCommand) => cart.decide(command, fold(events)),
});
const full = Array.from({ length: maxLines }, (_, index) => added(`S-${index}`));

test("adding a variant begins a line, adding it again sums the quantities", () => {
  expect(given().when(add("A", 2))).toEqual([added("A", 2)]);
  expect(given(added("A", 2)).when(add("A", 3))).toEqual([changed("A", 5)]);
});

test("more than 99 of a variant, or a line more than 50, is refused with the limit", () => {
  expect(() => given(added("A", 60)).when(add("A", 40))).toThrow(
    "At most 99 of a variant; the cart holds 60.",
  );
  expect(given(added("A", 60)).when(add("A", 39))).toEqual([changed("A", maxQuantity)]);
  expect(() => given(...full).when(add("one-more"))).toThrow("at most 50");
  expect(given(...full).when(add("S-7"))).toEqual([changed("S-7", 2)]);
});

test("a cart cannot grow beyond what one payment can carry, and can always shrink", () => {
  const dear = added("A", 2, 60_000_000);
  expect(() => given(dear).when(add("B"))).toThrow("more than one payment");
  expect(given(dear).when({ type: "SetQuantity", sku: "A", quantity: 1 })).toEqual([
    changed("A", 1, 60_000_000),
  ]);
});

test("a quantity is set, 0 removes, the same changes nothing, and a line that is not there is not found", () => {
  const set = (sku: string, quantity: number) =>
    given(added("A", 2)).when({ type: "SetQuantity", sku, quantity });
  expect(set("A", 7)).toEqual([changed("A", 7)]);
  expect(set("A", 0)).toEqual([{ type: "CartItemRemoved", data: { sku: "A" } }]);
  expect(set("A", 2)).toEqual([]);
  expect(set("B", 0)).toEqual([]);
  expect(() => set("B", 1)).toThrow("not found");
});

test("removing twice is the same as once, and emptying removes every line", () => {
  expect(given(added("A")).when({ type: "RemoveItem", sku: "B" })).toEqual([]);
  expect(given(added("A"), added("B")).when({ type: "Empty" })).toEqual([
    { type: "CartItemRemoved", data: { sku: "A" } },
    { type: "CartItemRemoved", data: { sku: "B" } },
  ]);
});

test("a new price changes the line and the version, and is a notice until the shopper's next write", () => {
  const repriced = changed("A", 2, 700);
  expect(given(added("A", 2)).when({ type: "Reprice", sku: "A", unitPriceCents: 700 })).toEqual([repriced]);
  expect(given(added("A", 2), repriced).when({ type: "Reprice", sku: "A", unitPriceCents: 700 })).toEqual([]);
  expect(given(added("A")).when({ type: "Reprice", sku: "B", unitPriceCents: 700 })).toEqual([]);
  const state = fold([added("A", 2), repriced]);
  expect(state).toMatchObject({ version: 2, lines: [{ unitPriceCents: 700, seenPriceCents: 500 }] });
  const seen: CartEvent = { type: "CartNoticesSeen", data: {} };
  expect(given(added("A", 2), repriced).when(add("B"))).toEqual([added("B"), seen]);
  expect(given(added("A", 2), repriced).when({ type: "SetQuantity", sku: "A", quantity: 2 })).toEqual([seen]);
  expect(fold([seen], state)).toMatchObject({ version: 2, lines: [{ seenPriceCents: 700 }] });
});

test("an order takes what was ordered, once, and leaves what was added since", () => {
  const order: CartCommand = {
    type: "Order",
    orderId: "order-1",
    lines: [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 5 },
      { sku: "gone", quantity: 1 },
    ],
  };
  const ordered: CartEvent = {
    type: "CartOrdered",
    data: {
      orderId: "order-1",
      lines: [
        { sku: "A", quantity: 2 },
        { sku: "B", quantity: 1 },
      ],
    },
  };
  const before = [added("A", 5), added("B", 1), added("C", 1)];
  expect(given(...before).when(order)).toEqual([ordered]);
  expect(fold([...before, ordered]).lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ["A", 3],
    ["C", 1],
  ]);
  expect(given(...before, ordered).when(order)).toEqual([]);
});

test("a guest's lines join up to the limits, once, and a line that was cut says so", () => {
  const lines = [facts("A", 50), facts("B", 1)];
  const merged: CartEvent = {
    type: "CartMerged",
    data: { guestId: "guest", lines: [facts("A", maxQuantity), facts("B", 1)] },
  };
  const reduced: CartEvent = { type: "CartQuantitiesReduced", data: { skus: ["A"] } };
  const merge: CartCommand = { type: "MergeGuest", guestId: "guest", lines };
  expect(given(added("A", 60)).when(merge)).toEqual([merged, reduced]);
  expect(given(added("A", 60), merged, reduced).when(merge)).toEqual([]);
  const state = fold([added("A", 60), merged, reduced]);
  expect(state.lines.map((line) => line.reduced)).toEqual([true, false]);
  const overfull = given(...full).when(merge);
  expect(overfull[0]?.type === "CartMerged" && overfull[0].data.lines).toHaveLength(maxLines);
  expect(overfull.slice(1)).toEqual([{ type: "CartLinesLeftOut", data: { skus: ["A", "B"] } }]);
  const told = [...full, ...overfull];
  expect(given(...told).when({ type: "RemoveItem", sku: "S-1" })).toContainEqual({
    type: "CartNoticesSeen",
    data: {},
  });
  expect(fold([...told, { type: "CartNoticesSeen", data: {} }]).leftOut).toEqual([]);
  expect(given(added("A")).when({ ...merge, lines: [] })).toEqual([]);
});

test("a guest's cart that was joined holds a pointer, and takes no more writes of the shopper", () => {
  const joined: CartEvent = { type: "CartJoinedAccount", data: { accountId: "account" } };
  expect(given(added("A")).when({ type: "LeavePointer", accountId: "account" })).toEqual([joined]);
  expect(given(added("A"), joined).when({ type: "LeavePointer", accountId: "other" })).toEqual([]);
  expect(() => given(joined).when(add("A"))).toThrow("joined to your account");
  expect(fold([added("A"), joined])).toMatchObject({ version: 2, lines: [], joinedTo: "account" });
});

const sku = fc.constantFrom("A", "B", "C", "D");
const quantity = fc.integer({ min: 1, max: 99 });
const price = fc.constantFrom(500, 700, 900);
const lines = fc.uniqueArray(fc.record({ sku, quantity, unitPriceCents: price }), {
  selector: (line) => line.sku,
  maxLength: 4,
});
const command: fc.Arbitrary<CartCommand> = fc.oneof(
  fc.record({
    type: fc.constant("AddItem" as const),
    sku,
    productId: fc.constant(productId),
    quantity,
    unitPriceCents: price,
  }),
  fc.record({ type: fc.constant("SetQuantity" as const), sku, quantity: fc.integer({ min: 0, max: 99 }) }),
  fc.record({ type: fc.constant("RemoveItem" as const), sku }),
  fc.constant({ type: "Empty" as const }),
  fc.record({ type: fc.constant("Reprice" as const), sku, unitPriceCents: price }),
  fc.record({ type: fc.constant("Order" as const), orderId: fc.constantFrom("1", "2", "3"), lines }),
  fc.record({
    type: fc.constant("MergeGuest" as const),
    guestId: fc.constantFrom("g1", "g2"),
    lines: lines.map((all) => all.map((line) => ({ ...line, productId }))),
  }),
);
/** What a refused command leaves is what was there. */
const run = (state: CartState, next: CartCommand): CartState => {
  try {
    return fold(cart.decide(next, state), state);
  } catch {
    return state;
  }
};
const shown = (state: CartState) => state.lines.map((line) => [line.sku, line.quantity, line.unitPriceCents]);

test("the version never falls, and two states with one version show the same lines and prices", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const seen = new Map<number, unknown>();
      let state = cart.initial;
      for (const next of commands) {
        const after = run(state, next);
        expect(after.version).toBeGreaterThanOrEqual(state.version);
        state = after;
        if (seen.has(state.version)) expect(shown(state)).toEqual(seen.get(state.version));
        seen.set(state.version, shown(state));
        expect(new Set(state.lines.map((line) => line.sku)).size).toBe(state.lines.length);
        for (const line of state.lines) {
          expect(line.quantity).toBeGreaterThanOrEqual(1);
          expect(line.quantity).toBeLessThanOrEqual(maxQuantity);
        }
      }
    }),
  );
});

test("whatever is done meanwhile, a guest joins once and an order leaves once", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), command, fc.array(command), (before, once, between) => {
      fc.pre(once.type === "MergeGuest" || once.type === "Order");
      fc.pre(once.type !== "MergeGuest" || once.lines.length > 0);
      const later = between.reduce(run, run(before.reduce(run, cart.initial), once));
      expect(cart.decide(once, later)).toEqual([]);
    }),
  );
});

test("an order never takes more of a line than was ordered, whatever was added since", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), lines, (before, ordered) => {
      const state = before.reduce(run, cart.initial);
      const after = run(state, { type: "Order", orderId: "new", lines: ordered });
      for (const line of state.lines) {
        const left = after.lines.find((candidate) => candidate.sku === line.sku)?.quantity ?? 0;
        const taken = ordered.find((candidate) => candidate.sku === line.sku)?.quantity ?? 0;
        expect(left).toBe(Math.max(0, line.quantity - taken));
      }
    }),
  );
});

test("a cart remembers the orders and guests of late, and does not grow with all there ever were", () => {
  const ids = Array.from(
    { length: 500 },
    (_, nr) => `01890000-0000-7000-8000-${String(nr).padStart(12, "0")}`,
  );
  const used = fold(
    ids.flatMap((id): CartEvent[] => [
      { type: "CartOrdered", data: { orderId: id, lines: [] } },
      { type: "CartMerged", data: { guestId: id, lines: [] } },
    ]),
  );
  expect(JSON.stringify(used).length).toBeLessThan(10_000);
  const last = ids.at(-1) ?? "";
  expect(cart.decide({ type: "Order", orderId: last, lines: [] }, used)).toEqual([]);
  expect(cart.decide({ type: "MergeGuest", guestId: last, lines: [facts("A")] }, used)).toEqual([]);
});
