import { productEvents } from "@sockshop/contracts/catalog.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ProductCommand, ProductRefused, product } from "../src/product.ts";
import { available, type ProductEvent, type ProductState, variantOf } from "../src/product-state.ts";

const facts = {
  slug: "harbour-stripe",
  name: "Harbour Stripe",
  description: "",
  brand: "Quayside",
  category: "Crew",
  tags: ["cotton"],
  images: [],
  currency: "USD",
};
const added: ProductEvent = {
  type: "ProductAdded",
  data: {
    ...facts,
    variants: [
      { sku: "M", options: { size: "M" }, priceCents: 1200, available: 10 },
      { sku: "L", options: { size: "L" }, priceCents: 1200, available: 6 },
    ],
  },
};
const reserved: ProductEvent = {
  type: "StockReserved",
  data: { sku: "M", quantity: 3, available: 7, orderId: "order-1" },
};
const retired: ProductEvent = { type: "ProductRetired", data: {} };

const given = (...events: ProductEvent[]) => {
  const state = events.reduce(product.evolve, product.initial);
  return {
    when: (command: ProductCommand) => ({
      decides: (...expected: ProductEvent[]) => expect(product.decide(command, state)).toEqual(expected),
      refused: (refusal: string, skus: string[] = []) => {
        try {
          product.decide(command, state);
        } catch (error) {
          expect(error).toBeInstanceOf(ProductRefused);
          expect(error).toMatchObject({ refusal, skus });
          return;
        }
        expect.unreachable(`${command.type} was not refused`);
      },
    }),
  };
};

test("a product is added once", () => {
  const command: ProductCommand = {
    type: "AddProduct",
    facts,
    variants: [
      { sku: "M", options: { size: "M" }, priceCents: 1200, stock: 10 },
      { sku: "L", options: { size: "L" }, priceCents: 1200, stock: 6 },
    ],
  };
  given().when(command).decides(added);
  given(added).when(command).decides();
  given()
    .when({ ...command, variants: [...command.variants, { sku: "M", options: {}, priceCents: 1, stock: 0 }] })
    .refused("sku-twice", ["M"]);
});

test("a change tells the whole product, with stock as it is, and a change of nothing tells nothing", () => {
  given(added, reserved)
    .when({
      type: "ChangeProduct",
      facts: { name: "Harbour Line" },
      variants: [{ sku: "L", priceCents: 999 }],
    })
    .decides({
      type: "ProductChanged",
      data: {
        ...facts,
        name: "Harbour Line",
        variants: [
          { sku: "M", options: { size: "M" }, priceCents: 1200, available: 7 },
          { sku: "L", options: { size: "L" }, priceCents: 999, available: 6 },
        ],
      },
    });
  given(added)
    .when({ type: "ChangeProduct", facts: { ...facts }, variants: [{ sku: "L" }] })
    .decides();
});

test("a sku that is new becomes a variant without stock, and needs a price", () => {
  const change: ProductCommand = {
    type: "ChangeProduct",
    facts: {},
    variants: [{ sku: "S", priceCents: 900 }],
  };
  const decided = product.decide(change, product.evolve(product.initial, added));
  expect(decided[0]).toMatchObject({
    data: { variants: [{ sku: "M" }, { sku: "L" }, { sku: "S", available: 0 }] },
  });
  given(added)
    .when({ ...change, variants: [{ sku: "S" }] })
    .refused("price-missing", ["S"]);
});

test("stock is received and written off, never below what is reserved", () => {
  given(added, reserved)
    .when({ type: "ChangeStock", sku: "M", change: -2, reason: "moths" })
    .decides({ type: "StockReceived", data: { sku: "M", change: -2, reason: "moths", available: 5 } });
  given(added, reserved)
    .when({ type: "ChangeStock", sku: "M", change: -8, reason: "moths" })
    .refused("below-reserved", ["M"]);
  given(added)
    .when({ type: "ChangeStock", sku: "XL", change: 1, reason: "delivery" })
    .refused("unknown-sku", ["XL"]);
  given(added)
    .when({ type: "ChangeStock", sku: "M", change: 100_000_000, reason: "typo" })
    .refused("too-much-stock", ["M"]);
});

test("stock is reserved once for an order, lines of one variant together", () => {
  const command: ProductCommand = {
    type: "ReserveStock",
    orderId: "order-1",
    lines: [
      { sku: "M", quantity: 1 },
      { sku: "M", quantity: 2 },
    ],
  };
  given(added).when(command).decides(reserved);
  given(added, reserved).when(command).decides();
});

test("a reservation of more than there is takes nothing, also where only the sum is too much", () => {
  given(added)
    .when({
      type: "ReserveStock",
      orderId: "order-1",
      lines: [
        { sku: "M", quantity: 1 },
        { sku: "L", quantity: 3 },
        { sku: "L", quantity: 4 },
      ],
    })
    .refused("out-of-stock", ["L"]);
});

test("what runs low is told when it falls below five, and not again while it stays there", () => {
  const order = (orderId: string, quantity: number): ProductCommand => ({
    type: "ReserveStock",
    orderId,
    lines: [{ sku: "L", quantity }],
  });
  const first: ProductEvent = {
    type: "StockReserved",
    data: { sku: "L", quantity: 2, available: 4, orderId: "a" },
  };
  given(added)
    .when(order("a", 2))
    .decides(first, { type: "StockRanLow", data: { sku: "L", available: 4 } });
  given(added, first)
    .when(order("b", 1))
    .decides({ type: "StockReserved", data: { sku: "L", quantity: 1, available: 3, orderId: "b" } });
  given(added, first)
    .when({ type: "CommitStock", orderId: "a" })
    .decides({ type: "StockCommitted", data: { sku: "L", quantity: 2, available: 4, orderId: "a" } });
});

test("a reservation ends once, by a commit or by a release", () => {
  const committed: ProductEvent = {
    type: "StockCommitted",
    data: { sku: "M", quantity: 3, available: 7, orderId: "order-1" },
  };
  const released: ProductEvent = {
    type: "StockReleased",
    data: { sku: "M", quantity: 3, available: 10, orderId: "order-1", reason: "expired" },
  };
  given(added, reserved).when({ type: "CommitStock", orderId: "order-1" }).decides(committed);
  given(added, reserved)
    .when({ type: "ReleaseStock", orderId: "order-1", reason: "expired" })
    .decides(released);
  for (const ending of [committed, released]) {
    given(added, reserved, ending).when({ type: "CommitStock", orderId: "order-1" }).decides();
    given(added, reserved, ending)
      .when({ type: "ReleaseStock", orderId: "order-1", reason: "undone" })
      .decides();
  }
  given(added, reserved, committed)
    .when({ type: "ReturnStock", orderId: "order-1", lines: [{ sku: "M", quantity: 3 }] })
    .decides({ type: "StockReturned", data: { sku: "M", quantity: 3, available: 10, orderId: "order-1" } });
});

test("a retired product sells nothing new, and settles what it had promised", () => {
  given(added, reserved, retired).when({ type: "RetireProduct" }).decides();
  given(added, retired)
    .when({ type: "ReserveStock", orderId: "a", lines: [{ sku: "M", quantity: 1 }] })
    .refused("retired");
  given(added, retired)
    .when({ type: "ChangeProduct", facts: { name: "x" } })
    .refused("retired");
  given(added, reserved, retired)
    .when({ type: "CommitStock", orderId: "order-1" })
    .decides({ type: "StockCommitted", data: { sku: "M", quantity: 3, available: 7, orderId: "order-1" } });
  given().when({ type: "RetireProduct" }).refused("unknown-product");
});

const sku = fc.constantFrom("M", "L", "S");
const orderId = fc.constantFrom(
  ...["a", "b", "c", "d"].map((tail) => `0198c7a2-0000-7000-8000-00000000000${tail}`),
);
const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 6 }) }), {
  minLength: 1,
  maxLength: 3,
});
const anyCommand: fc.Arbitrary<ProductCommand> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("ReserveStock" as const), orderId, lines }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("ReleaseStock" as const),
      orderId,
      reason: fc.constantFrom("undone" as const, "expired" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("CommitStock" as const), orderId }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("ChangeStock" as const),
      sku,
      change: fc.integer({ min: -8, max: 12 }),
      reason: fc.constant("count"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("ChangeProduct" as const),
      facts: fc.constant({}),
      variants: fc.array(fc.record({ sku, priceCents: fc.integer({ min: 1, max: 9_999 }) }), {
        maxLength: 2,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("RetireProduct" as const) }) },
);

function run(
  commands: ProductCommand[],
  check: (state: ProductState, events: ProductEvent[]) => void,
): ProductEvent[] {
  let state = product.evolve(product.initial, added);
  const all: ProductEvent[] = [added];
  for (const command of commands) {
    try {
      const events = product.decide(command, state);
      state = events.reduce(product.evolve, state);
      all.push(...events);
      check(state, events);
    } catch (error) {
      if (!(error instanceof ProductRefused)) throw error;
    }
  }
  return all;
}

test("no run of commands reserves more than is on hand, and every event tells what is available afterwards", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
      run(commands, (state, events) => {
        if (state.status === "none") throw new Error("a product does not vanish");
        for (const variant of state.variants) {
          expect(available(variant)).toBeGreaterThanOrEqual(0);
          expect(available(variant)).toBeLessThanOrEqual(variant.onHand);
        }
        for (const { type, data } of events) {
          productEvents[type].parse(data);
          if ("sku" in data) expect(available(variantOf(state, data.sku) as never)).toBe(data.available);
        }
      });
    }),
  );
});

test("every reservation ends at most once, with the quantity it was made for", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
      const open = new Map<string, number>();
      for (const { type, data } of run(commands, () => {})) {
        if (type === "StockReserved") {
          expect(open.has(`${data.orderId} ${data.sku}`)).toBe(false);
          open.set(`${data.orderId} ${data.sku}`, data.quantity);
        } else if (type === "StockReleased" || type === "StockCommitted") {
          expect(open.get(`${data.orderId} ${data.sku}`)).toBe(data.quantity);
          open.delete(`${data.orderId} ${data.sku}`);
        }
      }
    }),
  );
});

test("a repeat of a reserve, release or commit decides nothing", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 20 }), anyCommand, (commands, last) => {
      if (last.type === "ChangeStock" || last.type === "ReturnStock") return;
      const state = run(commands, () => {}).reduce(product.evolve, product.initial);
      try {
        const after = product.decide(last, state).reduce(product.evolve, state);
        expect(product.decide(last, after)).toEqual([]);
      } catch (error) {
        if (!(error instanceof ProductRefused)) throw error;
      }
    }),
  );
});
