import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingSettings } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import { currentContext, inContext } from "./request-context.ts";
import { countSpans } from "./span-counts.ts";
import { zipkinExporter } from "./zipkin.ts";

export { SpanKind };

export type SpanOptions = {
  kind?: SpanKind;
  attributes?: Attributes;
  /** A traceparent; that of the work at hand unless given. */
  parent?: string | undefined;
};

export type Tracing = {
  /** Sends what is left, for at most two seconds. */
  stop: () => Promise<void>;
};

const drainMs = 2_000;

// OpenTelemetry's global provider would have libraries make spans of their own, with whatever they put into them (G11).
let provider: TracerProvider | undefined;
let door: TracerProvider | undefined;

/** Has this process's spans sent to Zipkin; without an address there are none. */
export function startTracing(parts: {
  appId: string;
  settings: TracingSettings;
  metrics: Pick<Metrics, "spans">;
  exporter?: SpanExporter;
}): Tracing {
  const { appId, settings, metrics } = parts;
  const { zipkinUrl, sampling } = settings;
  if (!zipkinUrl) return { stop: async () => {} };
  const processor = new BatchSpanProcessor({
    exporter: parts.exporter ?? zipkinExporter(zipkinUrl, appId),
    maxQueueSize: 4_096,
    scheduledDelayMillis: 1_000,
    selfObsMeterProvider: countSpans(metrics.spans),
  });
  const spanProcessors = [processor];
  provider = new TracerProvider({
    spanProcessors,
    sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  });
  door = new TracerProvider({ spanProcessors, sampler: new TraceIdRatioBasedSampler(sampling) });
  return {
    async stop() {
      [provider, door] = [undefined, undefined];
      const sent = processor.shutdown().catch(() => {});
      await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
    },
  };
}

/** Begins a new trace, or decides against it; undefined where none are kept. Only the gateway, at the door, may. */
export const beginTrace = (name: string, options: SpanOptions = {}): Span | undefined =>
  door
    ?.getTracer("sockshop")
    .startSpan(name, { ...options, kind: options.kind ?? SpanKind.SERVER, root: true });

/** Begins a span of a sampled trace; undefined outside of one. Whoever begins it must end it. */
export function beginSpan(name: string, options: SpanOptions = {}): Span | undefined {
  const parent = options.parent ?? currentContext()?.traceparent;
  if (!provider || !parent || !isSampled(parent)) return undefined;
  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.slice(3, 35),
    spanId: parent.slice(36, 52),
    traceFlags: 1,
    isRemote: true,
  });
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return provider.getTracer("sockshop").startSpan(name, { kind, attributes }, context);
}

/** Runs `work` as a span, whose children are what it does; outside a sampled trace it only runs it. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  const span = beginSpan(name, options);
  if (!span) return work(undefined);
  try {
    return await inContext({ ...currentContext(), traceparent: traceparentOf(span) }, () => work(span));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span by the kind of its error alone: a message may quote what people typed. */
export function markFailed(span: Span, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: string };
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute("error.type", typeof code === "string" ? code : (name ?? "unknown"));
}

/** W3C's header for what this span brings about. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

const isSampled = (traceparent: string) => (Number.parseInt(traceparent.slice(53), 16) & 1) === 1;

/** The same trace, of which nothing more is recorded. */
export const unsampled = (traceparent: string): string => `${traceparent.slice(0, 53)}00`;
