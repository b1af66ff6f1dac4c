import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { applyNext, ensureCheckpoints, storeEvents } from "@sockshop/platform/inbox.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { consumers } from "../src/subscriptions.ts";

/** What other services told, kept in their order so that it can be told again. */
export function told(database: Database) {
  const events = new Map<Topic, CloudEvent[]>();
  const apply = async (topic: Topic) => {
    for (const consumer of consumers.filter((candidate) => candidate.topics.includes(topic))) {
      let outcome = "";
      while (outcome !== "nothing") {
        outcome = await applyNext(database, consumer, topic);
        if (outcome === "failed") throw new Error(`${consumer.name} could not apply an event of ${topic}`);
      }
    }
  };
  const tell = async (topic: Topic, type: string, subject: string, data: Record<string, unknown>) => {
    const said = events.get(topic) ?? [];
    const event: CloudEvent = {
      specversion: "1.0",
      id: newId(),
      source: topics[topic].source,
      type,
      subject,
      time: new Date().toISOString(),
      datacontenttype: "application/json",
      position: said.length + 1,
      data,
    };
    events.set(topic, [...said, event]);
    await storeEvents(database, topic, [event]);
    await apply(topic);
  };
  return {
    begin: () => ensureCheckpoints(database, consumers),
    /** An order reaches its customer; resolves with the order's id. */
    async deliver(customerId: string, products: string[], orderId = newId()): Promise<string> {
      const lines = products.flatMap((productId, index) =>
        ["M", "L"].map((size) => ({
          sku: `S-${index}-${size}`,
          productId,
          name: `Sock ${index}`,
          options: { size },
          quantity: 1,
          unitPriceCents: 900,
        })),
      );
      await tell("order-events", "OrderDelivered", orderId, { customerId, lines });
      return orderId;
    },
    refund: (customerId: string, orderId: string) =>
      tell("order-events", "OrderRefunded", orderId, { customerId, amountCents: 900 }),
    join: (guestId: string, accountId: string) =>
      tell("account-events", "GuestJoined", guestId, { guestId, accountId }),
    erase: (accountId: string) => tell("account-events", "AccountErased", accountId, { accountId }),
    /** Delivers everything again in the given order. */
    async repeat(order: (all: CloudEvent[]) => CloudEvent[]): Promise<void> {
      for (const [topic, said] of events) {
        await storeEvents(database, topic, order(said));
        await apply(topic);
      }
    },
    /** A sidecar that fetches what was told from its source. */
    sidecar: {
      call: async (_app: string, _method: string, path: string) => {
        const query = new URL(path, "http://source").searchParams;
        const all = events.get(query.get("topic") as Topic) ?? [];
        return { head: all.length, items: all.slice(Number(query.get("after"))) };
      },
    } as unknown as Sidecar,
  };
}
