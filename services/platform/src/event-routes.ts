import { cloudEvent } from "@sockshop/contracts/event.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import { type Express, type RequestHandler, Router } from "express";
import { z } from "zod";
import type { Consumers } from "./consumers.ts";
import type { Database } from "./database.ts";
import { asCloudEvent, readTopic } from "./events.ts";
import { jsonBody, sidecarOnly } from "./http.ts";
import { callerOf } from "./identity.ts";
import { forbidden, notFound, parse } from "./problem.ts";

const bulkEnvelope = z.object({ entries: z.array(z.object({ entryId: z.string(), event: z.unknown() })) });
const eventsQuery = z.object({
  topic: z.string(),
  after: z.coerce.number().int().min(0),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

/**
 * A topic without positions, of a component of its own: a delivery is handled at once, and nobody fills gaps. What the handler
 * throws has the broker deliver again, and is not logged.
 */
export type PlainSubscription = {
  component: string;
  topic: string;
  handle: (events: unknown[]) => Promise<void>;
};

/** The subscriptions Dapr asks for, the routes it delivers to, and the source side of gap filling. */
export function eventRoutes(
  app: Express,
  parts: {
    appId: string;
    database: Database;
    consumers: Consumers;
    plainSubscriptions?: readonly PlainSubscription[];
    publishes: readonly Topic[];
    appApiToken: string;
  },
): void {
  const guard = sidecarOnly(parts.appApiToken);
  const { plainSubscriptions = [] } = parts;
  app.get("/dapr/subscribe", guard, (_req, res) => {
    res.json([...parts.consumers.topics.map(subscription), ...plainSubscriptions.map(plainSubscription)]);
  });
  const router = Router();
  router.post("/events/:topic", guard, fromBroker, jsonBody("10mb"), async (req, res, next) => {
    const plain = plainSubscriptions.find(({ topic }) => topic === req.params.topic);
    if (!plain) return next();
    const { entries } = parse(bulkEnvelope, req.body);
    const handled = await plain.handle(entries.map(({ event }) => event)).then(
      () => true,
      () => false,
    );
    res.json(statuses(entries, handled ? "SUCCESS" : "RETRY"));
  });
  router.post("/events/:topic", guard, fromBroker, jsonBody("4mb"), async (req, res) => {
    const topic = parts.consumers.topics.find((name) => name === req.params.topic);
    if (!topic) throw notFound("The subscription");
    const { entries } = parse(bulkEnvelope, req.body);
    const events = entries.map((entry) => cloudEvent.safeParse(entry.event));
    // What is not an event of ours can never be applied; its place, if it had one, is filled from the source.
    await parts.consumers.receive(
      topic,
      events.flatMap((event) =>
        event.success && event.data.source === topics[topic].source ? [event.data] : [],
      ),
    );
    res.json(statuses(entries, "SUCCESS"));
  });
  router.get("/internal/events", guard, async (req, res) => {
    const { topic, after, limit } = parse(eventsQuery, req.query);
    const name = parts.publishes.find((published) => published === topic);
    if (!name) throw notFound("The topic");
    const subscribers: readonly string[] = topics[name].subscribers;
    if (!subscribers.includes(callerOf(req) ?? ""))
      throw forbidden("Only subscribers of this topic may read its events.");
    const { head, items } = await readTopic(parts.database, name, after, limit);
    res.json({ head, items: items.map((event) => asCloudEvent(event, parts.appId)) });
  });
  app.use(router);
}

/** A delivery comes from the sidecar alone; an invocation by another app could forge any event. */
const fromBroker: RequestHandler = (req, _res, next) => {
  if (callerOf(req) !== undefined) throw forbidden("Events are taken from the broker only.");
  next();
};

const statuses = (entries: { entryId: string }[], status: "SUCCESS" | "RETRY") => ({
  statuses: entries.map(({ entryId }) => ({ entryId, status })),
});

const plainSubscription = ({ component, topic }: PlainSubscription) => ({
  pubsubname: component,
  topic,
  routes: { default: `/events/${topic}` },
  // Batches of up to 100,000 characters each: the whole stays below what a body may hold. As many as log-pubsub has workers.
  bulkSubscribe: { enabled: true, maxMessagesCount: 30, maxAwaitDurationMs: 100 },
});

const subscription = (topic: Topic) => ({
  pubsubname: "pubsub",
  topic,
  routes: { default: `/events/${topic}` },
  bulkSubscribe: { enabled: true, maxMessagesCount: 100, maxAwaitDurationMs: 20 },
});
