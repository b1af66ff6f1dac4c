import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { changeOrder } from "../src/order-changes.ts";
import { insertDetails } from "../src/order-details.ts";
import { findOrder } from "../src/orders.ts";
import { claimCart } from "../src/placed-carts.ts";
import { requestSaga, type SagaRun } from "../src/sagas.ts";
import { orderFacts } from "./sample-order.ts";

export const address = { name: "Ada", line1: "1 Main St", city: "Paris", postalCode: "75001", country: "FR" };

/** Writes down a placed order as the service does; resolves with the checkout to run. */
export async function placeSample(database: Database, customerId = newId()): Promise<SagaRun> {
  const orderId = newId();
  const facts = { ...orderFacts, customerId, cartOwnerId: customerId };
  return withTransaction(database, async (tx) => {
    await claimCart(tx, orderId, facts);
    await insertDetails(tx, orderId, {
      email: "ada@example.org",
      shippingAddress: address,
      paymentToken: "tok_visa",
    });
    await changeOrder(tx, orderId, { type: "PlaceOrder", facts });
    return requestSaga(tx, orderId, "checkout");
  });
}

export async function shownOrder(database: Database, orderId: string) {
  const found = await findOrder(database, orderId);
  if (!found) throw new Error(`order ${orderId} is not in the read model`);
  return found.order;
}

export const timelineOf = async (database: Database, orderId: string) =>
  (await shownOrder(database, orderId)).timeline.map((step) => step.status);

/** What has not ended yet. */
export const openSagas = async (database: Database, orderId: string) =>
  (
    await database.query<{ kind: string; generation: number }>(
      "select kind, generation from sagas where order_id = $1 and finished_at is null order by kind",
      [orderId],
    )
  ).rows;
