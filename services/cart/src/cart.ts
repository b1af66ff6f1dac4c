import { type cartEvents, maxLines, maxQuantity } from "@sockshop/contracts/cart.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import { conflict, notFound } from "@sockshop/platform/problem.ts";
import type { z } from "zod";

export type Line = {
  sku: string;
  productId: string;
  quantity: number;
  unitPriceCents: number;
  /** The price the shopper last knew; another `unitPriceCents` is worth a notice. */
  seenPriceCents: number;
  /** Whether joining a guest's cart went over the limit of this line. */
  reduced: boolean;
};

export type CartState = {
  version: number;
  lines: Line[];
  /** Variants that joining a guest's cart had no room for; absent in carts that were last written before it was kept. */
  leftOut?: string[];
  /** Guests whose carts were joined, and orders whose lines have left: the last of each, since repeats come soon or never. */
  guests: string[];
  orders: string[];
  /** The account whose cart took this guest's lines. */
  joinedTo: string | null;
};

type LineFacts = Pick<Line, "sku" | "productId" | "quantity" | "unitPriceCents">;
type Ordered = { sku: string; quantity: number };

export type ShopperCommand =
  | ({ type: "AddItem" } & LineFacts)
  | { type: "SetQuantity"; sku: string; quantity: number }
  | { type: "RemoveItem"; sku: string }
  | { type: "Empty" };
export type CartCommand =
  | ShopperCommand
  | { type: "Reprice"; sku: string; unitPriceCents: number }
  | { type: "Order"; orderId: string; lines: Ordered[] }
  | { type: "MergeGuest"; guestId: string; lines: LineFacts[] }
  | { type: "LeavePointer"; accountId: string };

type Published = {
  [Type in keyof typeof cartEvents]: { type: Type; data: z.infer<(typeof cartEvents)[Type]> };
}[keyof typeof cartEvents];
export type CartEvent =
  | Published
  /** The shopper wrote to the cart, and so has seen what it told. */
  | { type: "CartNoticesSeen"; data: Record<string, never> }
  | { type: "CartQuantitiesReduced"; data: { skus: string[] } }
  | { type: "CartLinesLeftOut"; data: { skus: string[] } }
  | { type: "CartJoinedAccount"; data: { accountId: string } };

/** What a cart may be worth at most: more than this no payment can carry. */
export const maxSubtotalCents = 100_000_000;

export const cart: Aggregate<CartState, CartCommand, CartEvent> = {
  stream: "cart",
  topic: "cart-events",
  privateTypes: ["CartNoticesSeen", "CartQuantitiesReduced", "CartLinesLeftOut", "CartJoinedAccount"],
  initial: { version: 0, lines: [], guests: [], orders: [], joinedTo: null },
  decide,
  evolve,
};

function decide(command: CartCommand, state: CartState): CartEvent[] {
  switch (command.type) {
    case "AddItem":
      return byShopper(state, addItem(command, state));
    case "SetQuantity":
      return byShopper(state, setQuantity(command, state));
    case "RemoveItem":
      return byShopper(state, removeLines(state.lines.filter(({ sku }) => sku === command.sku)));
    case "Empty":
      return byShopper(state, removeLines(state.lines));
    case "Reprice":
      return reprice(command, state);
    case "Order":
      return order(command, state);
    case "MergeGuest":
      return mergeGuest(command, state);
    case "LeavePointer":
      return state.joinedTo ? [] : [{ type: "CartJoinedAccount", data: { accountId: command.accountId } }];
  }
}

/** What a shopper's own write adds: a joined cart is closed, and notices on what remains count as seen. */
function byShopper(state: CartState, events: CartEvent[]): CartEvent[] {
  if (state.joinedTo)
    throw conflict("cart-joined", "This cart was joined to your account's. Load the cart again.");
  const next = events.reduce(evolve, state);
  if (subtotal(next.lines) > maxSubtotalCents && subtotal(next.lines) > subtotal(state.lines))
    throw conflict("cart-value-limit", "The cart would be worth more than one payment can carry.", {
      limitCents: maxSubtotalCents,
    });
  const unseen =
    Boolean(next.leftOut?.length) ||
    next.lines.some((line) => line.reduced || line.seenPriceCents !== line.unitPriceCents);
  return unseen ? [...events, { type: "CartNoticesSeen", data: {} }] : events;
}

function addItem(command: LineFacts, { lines }: CartState): CartEvent[] {
  const { sku, productId, unitPriceCents } = command;
  const line = lines.find((candidate) => candidate.sku === sku);
  const quantity = (line?.quantity ?? 0) + command.quantity;
  if (quantity > maxQuantity)
    throw conflict(
      "quantity-limit",
      `At most ${maxQuantity} of a variant; the cart holds ${line?.quantity ?? 0}.`,
      {
        limit: maxQuantity,
        inCart: line?.quantity ?? 0,
      },
    );
  if (!line && lines.length >= maxLines)
    throw conflict("cart-full", `A cart holds at most ${maxLines} different variants.`, { limit: maxLines });
  return [
    { type: line ? "CartItemChanged" : "CartItemAdded", data: { sku, productId, quantity, unitPriceCents } },
  ];
}

function setQuantity({ sku, quantity }: Ordered, { lines }: CartState): CartEvent[] {
  const line = lines.find((candidate) => candidate.sku === sku);
  if (quantity === 0) return removeLines(line ? [line] : []);
  if (!line) throw notFound(`The variant ${sku} in this cart`);
  return line.quantity === quantity ? [] : [changed({ ...line, quantity })];
}

const removeLines = (lines: Line[]): CartEvent[] =>
  lines.map(({ sku }) => ({ type: "CartItemRemoved", data: { sku } }));

function reprice(command: { sku: string; unitPriceCents: number }, { lines }: CartState): CartEvent[] {
  const line = lines.find(({ sku }) => sku === command.sku);
  if (!line || line.unitPriceCents === command.unitPriceCents) return [];
  return [changed({ ...line, unitPriceCents: command.unitPriceCents })];
}

function order(command: { orderId: string; lines: Ordered[] }, state: CartState): CartEvent[] {
  if (state.orders.includes(command.orderId)) return [];
  const ordered = (sku: string) =>
    command.lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
  const lines = state.lines
    .map((line) => ({ sku: line.sku, quantity: Math.min(line.quantity, ordered(line.sku)) }))
    .filter(({ quantity }) => quantity > 0);
  return [{ type: "CartOrdered", data: { orderId: command.orderId, lines } }];
}

function mergeGuest(command: { guestId: string; lines: LineFacts[] }, state: CartState): CartEvent[] {
  const { guestId } = command;
  if (command.lines.length === 0 || state.guests.includes(guestId)) return [];
  const lines: LineFacts[] = state.lines.map(factsOf);
  const reduced: string[] = [];
  const leftOut: string[] = [];
  for (const guestLine of command.lines) {
    const own = lines.findIndex(({ sku }) => sku === guestLine.sku);
    const sum = (lines[own]?.quantity ?? 0) + guestLine.quantity;
    const joined = { ...(lines[own] ?? factsOf(guestLine)), quantity: Math.min(sum, maxQuantity) };
    if (own < 0 && lines.length >= maxLines) {
      leftOut.push(guestLine.sku);
      continue;
    }
    if (sum > maxQuantity) reduced.push(guestLine.sku);
    if (own >= 0) lines[own] = joined;
    else lines.push(joined);
  }
  const events: CartEvent[] = [{ type: "CartMerged", data: { guestId, lines } }];
  if (reduced.length > 0) events.push({ type: "CartQuantitiesReduced", data: { skus: reduced } });
  if (leftOut.length > 0) events.push({ type: "CartLinesLeftOut", data: { skus: leftOut } });
  return events;
}

const changed = (line: LineFacts): CartEvent => ({ type: "CartItemChanged", data: factsOf(line) });
const factsOf = ({ sku, productId, quantity, unitPriceCents }: LineFacts): LineFacts => ({
  sku,
  productId,
  quantity,
  unitPriceCents,
});
const subtotal = (lines: LineFacts[]) =>
  lines.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);

/** The version rises exactly when the lines, or the prices they show, become others. */
function evolve(state: CartState, event: CartEvent): CartState {
  const next = apply(state, event);
  return sameLines(state.lines, next.lines) ? next : { ...next, version: state.version + 1 };
}

/** Whether both show the same variants in the same quantities at the same prices. */
export const sameLines = (before: LineFacts[], after: LineFacts[]): boolean =>
  before.length === after.length &&
  before.every((line, index) => {
    const other = after[index];
    return (
      line.sku === other?.sku &&
      line.quantity === other.quantity &&
      line.unitPriceCents === other.unitPriceCents
    );
  });

function apply(state: CartState, event: CartEvent): CartState {
  const { lines } = state;
  switch (event.type) {
    case "CartItemAdded":
      return { ...state, lines: [...lines, freshLine(event.data)] };
    case "CartItemChanged":
      return {
        ...state,
        lines: lines.map((line) => (line.sku === event.data.sku ? { ...line, ...event.data } : line)),
      };
    case "CartItemRemoved":
      return { ...state, lines: lines.filter(({ sku }) => sku !== event.data.sku) };
    case "CartNoticesSeen":
      return { ...state, lines: lines.map(freshLine), leftOut: [] };
    case "CartLinesLeftOut":
      return { ...state, leftOut: event.data.skus };
    case "CartQuantitiesReduced":
      return {
        ...state,
        lines: lines.map((line) => (event.data.skus.includes(line.sku) ? { ...line, reduced: true } : line)),
      };
    case "CartMerged": {
      const known = new Map(lines.map((line) => [line.sku, line]));
      const merged = event.data.lines.map((line) => ({
        ...(known.get(line.sku) ?? freshLine(line)),
        ...line,
      }));
      return { ...state, lines: merged, guests: withLast(state.guests, event.data.guestId) };
    }
    case "CartOrdered":
      return {
        ...state,
        lines: subtract(lines, event.data.lines),
        orders: withLast(state.orders, event.data.orderId),
      };
    case "CartJoinedAccount":
      return { ...state, lines: [], joinedTo: event.data.accountId };
  }
}

const remembered = 50;
const withLast = (ids: string[], id: string) => [...ids, id].slice(-remembered);

const freshLine = (line: LineFacts): Line => ({
  ...factsOf(line),
  seenPriceCents: line.unitPriceCents,
  reduced: false,
});

function subtract(lines: Line[], left: Ordered[]): Line[] {
  const by = new Map(left.map(({ sku, quantity }) => [sku, quantity]));
  return lines
    .map((line) => ({ ...line, quantity: line.quantity - (by.get(line.sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}
