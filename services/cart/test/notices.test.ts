import { expect, test } from "vitest";
import { noticesOf } from "../src/notices.ts";

const line = {
  quantity: 2,
  unitPriceCents: 500,
  seenPriceCents: 500,
  reduced: false,
  available: 10,
  retired: false,
};
const told = (change: Partial<typeof line>) => noticesOf({ ...line, ...change });

test("a line with nothing to tell has no notice", () => {
  expect(told({})).toEqual([]);
});

test("a price that rose or fell is told with both prices", () => {
  expect(told({ unitPriceCents: 750 })).toEqual([
    { type: "price-changed", message: "The price rose from 5.00 to 7.50." },
  ]);
  expect(told({ unitPriceCents: 250 })[0]?.message).toContain("fell");
});

test("little stock, too little stock and none are told apart", () => {
  expect(told({ available: 4 })).toEqual([{ type: "low-stock", message: "Only 4 left." }]);
  expect(told({ available: 1 })).toEqual([{ type: "out-of-stock", message: "Only 1 left." }]);
  expect(told({ available: 0 })).toEqual([{ type: "out-of-stock", message: "Out of stock." }]);
  expect(told({ available: 5 })).toEqual([]);
});

test("a retired product says only that, and a quantity that was cut says so", () => {
  expect(told({ retired: true, available: 0 }).map(({ type }) => type)).toEqual(["retired"]);
  expect(told({ reduced: true }).map(({ type }) => type)).toEqual(["quantity-reduced"]);
});
