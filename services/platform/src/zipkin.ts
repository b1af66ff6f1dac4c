import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

/** A span as Zipkin takes it (https://zipkin.io/zipkin-api/). */
export type ZipkinSpan = {
  traceId: string;
  id: string;
  parentId?: string | undefined;
  name?: string | undefined;
  kind?: string | undefined;
  /** Microseconds since 1970, and how many of them. */
  timestamp?: number | undefined;
  duration?: number | undefined;
  localEndpoint?: { serviceName: string } | undefined;
  remoteEndpoint?: { serviceName: string } | undefined;
  tags?: Record<string, string> | undefined;
};

const patienceMs = 3_000;

/** Sends spans to a Zipkin; throws unless it took them. Never waits longer than 3 s, unlike OpenTelemetry's own exporter. */
export async function sendSpans(zipkinUrl: string, spans: ZipkinSpan[]): Promise<void> {
  const response = await fetch(`${zipkinUrl}/api/v2/spans`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(spans),
    signal: AbortSignal.timeout(patienceMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Zipkin answered ${response.status}`);
}

/** Spans of this process, under its app-id. */
export function zipkinExporter(zipkinUrl: string, appId: string): SpanExporter {
  return {
    export(spans, done) {
      sendSpans(
        zipkinUrl,
        spans.map((span) => asZipkin(span, appId)),
      ).then(
        () => done({ code: 0 }),
        (error: Error) => done({ code: 1, error }),
      );
    },
    shutdown: async () => {},
  };
}

const microseconds = ([seconds, nanoseconds]: [number, number]) =>
  Math.max(1, Math.round(seconds * 1e6 + nanoseconds / 1e3));

function asZipkin(span: ReadableSpan, appId: string): ZipkinSpan {
  const { traceId, spanId } = span.spanContext();
  const peer = span.attributes["peer.service"];
  return {
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: span.kind === SpanKind.INTERNAL ? undefined : SpanKind[span.kind],
    timestamp: microseconds(span.startTime),
    duration: microseconds(span.duration),
    localEndpoint: { serviceName: appId },
    remoteEndpoint: typeof peer === "string" ? { serviceName: peer } : undefined,
    tags: {
      ...Object.fromEntries(Object.entries(span.attributes).map(([name, value]) => [name, String(value)])),
      // Zipkin shows as failed what has this tag.
      ...(span.status.code === SpanStatusCode.ERROR && {
        error: String(span.attributes["error.type"] ?? "true"),
      }),
    },
  };
}
