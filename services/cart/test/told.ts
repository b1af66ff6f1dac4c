import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { applyNext, ensureCheckpoints, storeEvents } from "@sockshop/platform/inbox.ts";
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
  return {
    events,
    begin: () => ensureCheckpoints(database, consumers),
    /** Says a fact and lets every consumer apply it. */
    async tell(topic: Topic, type: string, subject: string, data: Record<string, unknown>): Promise<void> {
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
    },
    /** Delivers everything again in the given order. */
    async deliver(order: (all: CloudEvent[]) => CloudEvent[]): Promise<void> {
      for (const [topic, said] of events) {
        await storeEvents(database, topic, order(said));
        await apply(topic);
      }
    },
  };
}

/** The facts of a product as ProductAdded and ProductChanged tell them. */
export const productFacts = (
  variants: { sku: string; priceCents: number; available: number }[],
  name = "Sock",
) => ({
  slug: "sock",
  name,
  description: "Warm.",
  brand: "Lamb",
  category: "wool",
  tags: [],
  images: ["/images/sock.svg"],
  currency: "USD",
  variants: variants.map((variant) => ({ ...variant, options: { size: "M" } })),
});
