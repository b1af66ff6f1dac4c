import type { CloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import type { Database } from "../src/database.ts";
import { newId } from "../src/ids.ts";
import { applyNext, type Consumer, ensureCheckpoints, storeEvents } from "../src/inbox.ts";
import type { Sidecar } from "../src/sidecar.ts";

/** What other services told this one's consumers, kept in its order so that it can be told again. */
export function told(database: Database, consumers: Consumer[]) {
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
  const tellNow = async (
    topic: Topic,
    type: string,
    subject: string,
    data: Record<string, unknown>,
    time = new Date(),
  ) => {
    const said = events.get(topic) ?? [];
    const event: CloudEvent = {
      specversion: "1.0",
      id: newId(),
      source: topics[topic].source,
      type,
      subject,
      time: time.toISOString(),
      datacontenttype: "application/json",
      position: said.length + 1,
      data,
    };
    events.set(topic, [...said, event]);
    await storeEvents(database, topic, [event]);
    await apply(topic);
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    events,
    begin: () => ensureCheckpoints(database, consumers),
    /**
     * Says a fact and lets every consumer apply it; one after the other, since an event whose predecessor is still on its
     * way is applied only with that one.
     */
    tell(...fact: Parameters<typeof tellNow>): Promise<void> {
      const done = last.then(() => tellNow(...fact));
      last = done.catch(() => {});
      return done;
    },
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
