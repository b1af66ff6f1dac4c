import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { StoredEvent } from "./events.ts";
import { inContext } from "./request-context.ts";
import { beginSpan, inSpan, markFailed, SpanKind, unsampled } from "./tracing.ts";

const recentMs = 600_000;

/** The trace that an event came from; when it is replayed or heard much later, nothing more is recorded of that. */
function traceOf({ traceparent, time }: { traceparent?: string | null | undefined; time: string }) {
  if (!traceparent) return undefined;
  return Date.now() - Date.parse(time) < recentMs ? traceparent : unsampled(traceparent);
}

/** Publishes events with a span for each, in the trace of what brought it about. */
export async function publishTraced(
  topic: string,
  events: StoredEvent[],
  publish: () => Promise<void>,
): Promise<void> {
  const spans = events.flatMap((event) => {
    const parent = traceOf(event);
    if (!parent) return [];
    const attributes = { ...about(topic, event), "peer.service": "pubsub" };
    return beginSpan(`publish ${event.type}`, { kind: SpanKind.PRODUCER, parent, attributes }) ?? [];
  });
  try {
    await publish();
  } catch (error) {
    for (const span of spans) markFailed(span, error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}

/** Runs what a consumer does with an event, in the trace of what brought that event about. */
export function applyTraced(
  consumer: string,
  { topic, event }: { topic: string; event: CloudEvent },
  apply: () => Promise<void>,
): Promise<void> {
  const parent = traceOf(event);
  const attributes = { ...about(topic, event), "messaging.consumer.group.name": consumer };
  return inContext(parent ? { traceparent: parent } : {}, () =>
    inSpan(`apply ${event.type}`, { kind: SpanKind.CONSUMER, attributes }, apply),
  );
}

const about = (
  topic: string,
  { id, type, position }: { id: string; type: string; position: number | null },
) => ({
  "messaging.system": "dapr",
  "messaging.destination.name": topic,
  "messaging.message.id": id,
  "event.type": type,
  ...(position !== null && { "event.position": position }),
});
