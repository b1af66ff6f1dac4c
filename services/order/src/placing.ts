import { type Cart, cartForCheckout } from "@sockshop/contracts/cart.ts";
import type { Identity } from "@sockshop/contracts/identity.ts";
import type { placeOrder as placeOrderBody } from "@sockshop/contracts/order.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { conflict, Problem, unavailable } from "@sockshop/platform/problem.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { z } from "zod";
import { currentCustomer, lockCustomer, unheardGuests } from "./customers.ts";
import { answerToAny, type KeyUse, keepAnswer, requestHash, type StoredAnswer } from "./idempotency.ts";
import { changeOrder } from "./order-changes.ts";
import { insertDetails } from "./order-details.ts";
import { claimCart, orderOfCart } from "./placed-carts.ts";
import { requestSaga, type SagaRun } from "./sagas.ts";

export type PlacingParts = {
  database: Database;
  sidecar: Sidecar;
  idempotencySecret: string;
  /** Starts the workflow; what does not start now is found by the reconciler. */
  start: (run: SagaRun) => void;
};
type Body = z.infer<typeof placeOrderBody>;
export type PlaceRequest = { who: Identity; key: string; body: Body };

/** The most one payment takes. */
const mostCents = 100_000_000;

/** Makes one order of the caller's cart, or repeats the answer that the key already has. */
export async function placeOrder(
  parts: PlacingParts,
  { who, key, body }: PlaceRequest,
): Promise<StoredAnswer> {
  const email = body.email ?? who.email;
  if (!email) throw missingEmail();
  const hash = requestHash(parts.idempotencySecret, body);
  const repeated = async (guests: string[] = []) => {
    const customerId = await currentCustomer(parts.database, who.userId);
    return answerToAny(parts.database, { customerId, key, requestHash: hash }, guests);
  };
  const earlier = await repeated();
  if (earlier) return earlier;
  const { ownerId, cart, ...joined } = await parts.sidecar.call(
    "cart",
    "GET",
    `/internal/carts/${who.userId}`,
    cartForCheckout,
    // Well before the caller gives us up.
    { timeoutMs: 30_000 },
  );
  const guests = await unheardGuests(parts.database, joined.guests);
  const refusal = await refusalOf(parts.database, { ownerId, cart, version: body.cart.version });
  if (refusal) {
    // The cart may have moved on because this very request was served meanwhile: its answer goes first.
    const late = await repeated(guests);
    if (late) return late;
    throw refusal;
  }
  const orderId = newId();
  const placed = await withTransaction(parts.database, (tx) =>
    place(tx, { orderId, who, key, hash, body: { ...body, email }, ownerId, cart, guests }),
  );
  if (placed.run) parts.start(placed.run);
  return placed.answer;
}

async function refusalOf(
  database: Database,
  { ownerId, cart, version }: { ownerId: string; cart: Cart; version: number },
): Promise<Problem | undefined> {
  const first = await orderOfCart(database, { cartOwnerId: ownerId, cartVersion: version });
  if (first) return alreadyOrdered(first);
  if (cart.version !== version)
    return conflict(
      "cart-changed",
      "Your cart has changed since you saw it. Look at it again before you order.",
      { cart },
    );
  if (cart.items.length === 0) return conflict("cart-empty", "Your cart is empty.", { cart });
  if (cart.totalCents > mostCents)
    return new Problem(
      422,
      "order-too-large",
      "This order is more than one payment may be. Order less at once.",
    );
  return undefined;
}

type Placing = {
  orderId: string;
  who: Identity;
  key: string;
  hash: string;
  body: Body & { email: string };
  ownerId: string;
  cart: Cart;
  /** Who has joined this customer, of which the keys are still to follow. */
  guests: string[];
};

async function place(
  tx: Transaction,
  { orderId, who, key, hash, body, ownerId, cart, guests }: Placing,
): Promise<{ answer: StoredAnswer; run?: SagaRun }> {
  for (const id of [...guests, who.userId]) await lockCustomer(tx, id);
  const customerId = await currentCustomer(tx, who.userId);
  if (customerId !== who.userId) await lockCustomer(tx, customerId);
  const use: KeyUse = { customerId, key, requestHash: hash };
  const earlier = await answerToAny(tx, use, guests);
  if (earlier) return { answer: earlier };
  const holder = await claimCart(tx, orderId, { cartOwnerId: ownerId, cartVersion: cart.version });
  // Its former holder came to nothing between two statements.
  if (!holder) throw unavailable("The cart");
  if (holder !== orderId) throw alreadyOrdered(holder);
  const answer = accepted(orderId);
  await keepAnswer(tx, use, answer);
  await insertDetails(tx, orderId, {
    email: body.email,
    shippingAddress: body.shippingAddress,
    paymentToken: body.payment.token,
  });
  await changeOrder(tx, orderId, {
    type: "PlaceOrder",
    facts: { customerId, cartOwnerId: ownerId, cartVersion: cart.version, ...factsOf(cart) },
  });
  return { answer, run: await requestSaga(tx, orderId, "checkout") };
}

const factsOf = (cart: Cart) => ({
  lines: cart.items.map(({ sku, productId, name, options, quantity, unitPriceCents }) => ({
    sku,
    productId,
    name,
    options,
    quantity,
    unitPriceCents,
  })),
  currency: cart.currency,
  subtotalCents: cart.subtotalCents,
  shippingCents: cart.shippingCents,
  totalCents: cart.totalCents,
});

const locationOf = (orderId: string) => `/api/orders/${orderId}`;

const accepted = (orderId: string): StoredAnswer => ({
  orderId,
  status: 202,
  location: locationOf(orderId),
  body: JSON.stringify({ id: orderId, status: "placed" }),
});

const alreadyOrdered = (orderId: string) =>
  new Problem(409, "already-ordered", "This cart was ordered already.", {
    extra: { orderId },
    headers: { location: locationOf(orderId) },
  });

const missingEmail = () =>
  new Problem(422, "invalid", "email: is needed to order without an account", {
    extra: { errors: [{ field: "email", message: "is needed to order without an account" }] },
  });
