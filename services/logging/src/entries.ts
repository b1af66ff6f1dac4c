import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { LogBatch } from "@sockshop/contracts/logging.ts";
import { uuid } from "@sockshop/contracts/text.ts";
import { topics } from "@sockshop/contracts/topics.ts";
import { canonicalJson, type Entry, storable } from "./chain.ts";

const longestData = 20_000;

// Each source publishes one topic.
const topicOf = new Map<string, string>(Object.entries(topics).map(([topic, { source }]) => [source, topic]));

/** Whose subjects are orders. */
const aboutOrders = new Set(["order-events", "payment-events"]);

/** An event as it is stored; its order is the subject, or the one that its data name. */
export function entryOfEvent(event: CloudEvent): Entry {
  const topic = topicOf.get(event.source);
  if (!topic) throw new Error(`${event.source} publishes no topic`);
  return {
    time: new Date(event.time).toISOString(),
    service: event.source,
    level: null,
    message: event.type,
    topic,
    position: event.position,
    subject: event.subject,
    eventId: event.id.toLowerCase(),
    requestId: null,
    traceId: traceId(event.traceparent?.slice(3, 35)),
    orderId: orderId(aboutOrders.has(topic) ? event.subject : event.data.orderId),
    data: canonicalJson(event.data),
  };
}

/** The records of a batch, after one that tells how many were left out before them. */
export function entriesOfBatch({ service, dropped, records }: LogBatch): Entry[] {
  const missing = {
    time: records[0]?.time ?? new Date().toISOString(),
    level: "warn" as const,
    msg: "log records were dropped",
    dropped,
  };
  return [...(dropped > 0 ? [missing] : []), ...records].map((record) => entryOfLog(service, record));
}

/** The record that tells how many of a service's records never came. */
export const entryOfLoss = (service: string, lost: number): Entry =>
  entryOfLog(service, {
    time: new Date().toISOString(),
    level: "warn",
    msg: "log records were lost",
    lost,
  });

function entryOfLog(service: string, record: LogBatch["records"][number]): Entry {
  const {
    time,
    level,
    msg,
    service: _service,
    requestId,
    traceId: trace,
    orderId: order,
    ...fields
  } = record;
  const known = { traceId: traceId(trace), orderId: orderId(order) };
  const data = canonicalJson({
    ...fields,
    // What has not the form of an id is kept, but cannot be asked for.
    ...(trace && !known.traceId && { traceId: trace }),
    ...(order && !known.orderId && { orderId: order }),
  });
  return {
    ...noEvent,
    ...known,
    time: new Date(time).toISOString(),
    service: storable(service),
    level,
    message: storable(msg),
    requestId: requestId ? storable(requestId) : null,
    data:
      data.length > longestData
        ? canonicalJson({ shortenedFrom: data.length, start: data.slice(0, longestData / 4) })
        : data,
  };
}

const noEvent = { topic: null, position: null, subject: null, eventId: null };

const traceId = (value: string | undefined) => (value && /^[0-9a-f]{32}$/.test(value) ? value : null);
const orderId = (value: unknown) => uuid.safeParse(value).data ?? null;
