import { type Cart, type CartItem, maxLines, maxQuantity } from "@sockshop/contracts/cart.ts";
import type { Line } from "./cart.ts";

const lowStockBelow = 5;

type Shown = Pick<Line, "quantity" | "unitPriceCents" | "seenPriceCents" | "reduced"> & {
  available: number;
  retired: boolean;
};

/** What the shopper should know about a line; price and quantity notices go with the shopper's next write to the cart. */
export function noticesOf(line: Shown): CartItem["notices"] {
  const notices: CartItem["notices"] = [];
  if (line.unitPriceCents !== line.seenPriceCents) {
    const direction = line.unitPriceCents > line.seenPriceCents ? "rose" : "fell";
    const message = `The price ${direction} from ${amount(line.seenPriceCents)} to ${amount(line.unitPriceCents)}.`;
    notices.push({ type: "price-changed", message });
  }
  if (line.reduced)
    notices.push({ type: "quantity-reduced", message: `A cart holds at most ${maxQuantity} of a variant.` });
  if (line.retired) notices.push({ type: "retired", message: "This product is no longer sold." });
  else if (line.available < line.quantity)
    notices.push({
      type: "out-of-stock",
      message: line.available > 0 ? `Only ${line.available} left.` : "Out of stock.",
    });
  else if (line.available < lowStockBelow)
    notices.push({ type: "low-stock", message: `Only ${line.available} left.` });
  return notices;
}

/** What the shopper should know about the cart as a whole; it goes with the next write, too. */
export function remarksOn(leftOut: string[]): Cart["notices"] {
  if (leftOut.length === 0) return [];
  const message = `A cart holds at most ${maxLines} different variants. When your carts were joined there was no room for: ${leftOut.join(", ")}.`;
  return [{ type: "lines-left-out", message }];
}

const amount = (cents: number) => (cents / 100).toFixed(2);
