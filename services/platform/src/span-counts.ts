import { createNoopMeter, type Meter, type MeterProvider } from "@opentelemetry/api";
import type { Metrics } from "./metrics.ts";

/** Hears from OpenTelemetry's span processor what became of the spans, and counts it: with an error they are lost. */
export function countSpans(spans: Metrics["spans"]): MeterProvider {
  const meter: Meter = Object.assign(Object.create(createNoopMeter()), {
    createCounter: (name: string) => ({
      add(count: number, attributes?: Record<string, unknown>) {
        if (name !== "otel.sdk.processor.span.processed") return;
        spans.inc({ outcome: attributes?.["error.type"] ? "dropped" : "sent" }, count);
      },
    }),
  });
  return { getMeter: () => meter };
}
