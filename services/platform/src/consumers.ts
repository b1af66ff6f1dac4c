import { type CloudEvent, eventsAfter } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import type { Database } from "./database.ts";
import { applyTraced } from "./event-spans.ts";
import {
  applyNext,
  type Consumer,
  contiguousPosition,
  ensureCheckpoints,
  lookAtInbox,
  positionsOf,
  pruneInbox,
  storeEvents,
} from "./inbox.ts";
import type { Log } from "./log.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Metrics } from "./metrics.ts";
import type { Sidecar } from "./sidecar.ts";

const askHeadEveryMs = 10_000;
const lookEveryMs = 1_000;
const fetchSize = 200;

export type Consumers = {
  topics: Topic[];
  /** Stores delivered events and wakes their consumers. */
  receive: (topic: Topic, events: CloudEvent[]) => Promise<void>;
  stop: () => Promise<void>;
};

type Parts = { database: Database; sidecar: Sidecar; log: Log; metrics: Metrics; consumers: Consumer[] };

/** Runs the consumers of a service: applies in order, and fetches from the source what the broker did not bring. */
export async function startConsumers(parts: Parts): Promise<Consumers> {
  const { database, consumers } = parts;
  await ensureCheckpoints(database, consumers);
  const heard = [...new Set(consumers.flatMap((consumer) => consumer.topics))];
  const runners = new Map(heard.map((topic) => [topic, startTopic(parts, topic)]));
  const watch = watchInbox(parts, runners);
  return {
    topics: heard,
    async receive(topic, events) {
      await storeEvents(database, topic, events);
      runners.get(topic)?.wake();
    },
    async stop() {
      await Promise.all([watch, ...runners.values()].map((running) => running.stop()));
    },
  };
}

type Runner = Loop & { fill: () => void };

/** Wakes the consumers whose next event is there, whoever brought it, and has gaps filled. */
function watchInbox({ database, log, consumers }: Parts, runners: ReadonlyMap<Topic, Runner>): Loop {
  let gapsBefore = new Set<Topic>();
  return startLoop({ name: "watch of the inbox", everyMs: lookEveryMs, log }, async () => {
    const seen = await lookAtInbox(database, consumers);
    for (const { topic, hasNext } of seen) if (hasNext) runners.get(topic)?.wake();
    const gaps = seen.filter(({ hasGap }) => hasGap).map(({ topic }) => topic);
    // What is missing may be on its way: it is fetched only when it stays away, and each time anew.
    const lasting = gaps.filter((topic) => gapsBefore.has(topic));
    for (const topic of lasting) runners.get(topic)?.fill();
    gapsBefore = new Set(gaps.filter((topic) => !lasting.includes(topic)));
  });
}

/** One loop for each consumer of the topic, and one that fetches what is missing. */
function startTopic(parts: Parts, topic: Topic): Runner {
  const { database, log, consumers } = parts;
  const appliers = consumers
    .filter((consumer) => consumer.topics.includes(topic))
    .map((consumer) =>
      // The watch wakes it; by itself it tries again what failed, and looks once a minute.
      startLoop({ name: `consumer ${consumer.name}`, everyMs: 60_000, retryMs: 2_000, log }, () =>
        applyAll(parts, consumer, topic),
      ),
    );
  const wakeAll = () => {
    for (const applier of appliers) applier.wake();
  };
  const filler = startLoop({ name: `gap filling of ${topic}`, everyMs: askHeadEveryMs, log }, async () => {
    if (await fillGap(parts, topic)) wakeAll();
    await pruneInbox(database, topic, consumers);
  });
  return {
    wake: wakeAll,
    fill: filler.wake,
    async stop() {
      await Promise.all([...appliers, filler].map((loop) => loop.stop()));
    },
  };
}

async function applyAll({ database, log, metrics }: Parts, consumer: Consumer, topic: Topic): Promise<void> {
  let told = 0;
  const traced: Consumer = {
    ...consumer,
    handle: (tx, event) => {
      told = Date.parse(event.time);
      return applyTraced(consumer.name, { topic, event }, () => consumer.handle(tx, event));
    },
  };
  let cause: unknown;
  for (;;) {
    const outcome = await applyNext(database, traced, topic, {
      failed: (error) => {
        cause = error;
      },
      parked: (what) =>
        log.error(
          { consumer: consumer.name, topic, ...what },
          "an event was parked; redrive it with: npm run events -- redrive",
        ),
    });
    if (outcome === "nothing") return;
    if (outcome === "failed")
      throw new Error(`${consumer.name} could not apply the next event of ${topic}`, { cause });
    metrics.eventsApplied.inc({ consumer: consumer.name, topic });
    const seconds = (Date.now() - told) / 1000;
    // Clocks may differ, and a measure must not keep an event from being applied.
    if (outcome !== "parked" && seconds >= 0) metrics.eventDelivery.observe({ topic }, seconds);
    // What comes after that wakes this consumer anew.
    if (outcome === "last") return;
  }
}

/** Fetches from the source whatever lies between what is here and its head; resolves with whether anything came. */
export async function fillGap(parts: Parts, topic: Topic): Promise<boolean> {
  const { database, sidecar, metrics, consumers } = parts;
  let fetched = false;
  // Looked up once: behind a slow consumer the inbox is long, and looking through it for each batch would take ever longer.
  for (let after = await contiguousPosition(database, topic, consumers); ; ) {
    const { head, items } = await fetchEvents(sidecar, topic, after, fetchSize);
    const first = items[0]?.position;
    tellOfLosses(parts.log, topic, { after, head, first });
    await storeEvents(database, topic, items);
    if (items.length > 0) {
      fetched = true;
      metrics.eventsFetched.inc({ topic }, items.length);
    }
    const last = items.at(-1)?.position;
    if (items.length === fetchSize && first === after + 1 && last) {
      after = last;
      continue;
    }
    for (const { consumer, position } of await positionsOf(database, topic, consumers))
      metrics.inboxLag.set({ consumer, topic }, Math.max(0, head - position));
    return fetched;
  }
}

/** A source is never behind its hearers and leaves no holes, unless its database was set back; then only people can mend it. */
function tellOfLosses(
  log: Log,
  topic: Topic,
  { after, head, first }: { after: number; head: number; first: number | undefined },
): void {
  if (head < after)
    log.error(
      { topic, after, head },
      "the source of this topic went back in time: its next events will be taken for repeats",
    );
  else if (first !== undefined && first > after + 1)
    log.error({ topic, after, first }, "the source of this topic lost events that were never heard here");
}

/** Asks a topic's source, through the sidecars, for its events after a position. */
export async function fetchEvents(sidecar: Sidecar, topic: Topic, after: number, limit: number) {
  return sidecar.call(
    topics[topic].source,
    "GET",
    `/internal/events?topic=${topic}&after=${after}&limit=${limit}`,
    eventsAfter,
  );
}
