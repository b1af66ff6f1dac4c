import { type DestinationStream, type Logger, pino } from "pino";
import { redactLine, secretNames } from "./redaction.ts";
import { currentContext } from "./request-context.ts";

export type Log = Logger;

/** JSON log lines with the trace, request and order they belong to, on standard output unless told otherwise. */
export function createLog(config: { appId: string; logLevel: string }, destination?: DestinationStream): Log {
  const options = {
    level: config.logLevel,
    base: { service: config.appId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        ...secretNames,
        ...secretNames.map((name) => `*.${name}`),
        ...secretNames.map((name) => `*.*.${name}`),
      ],
      censor: "[redacted]",
    },
    serializers: { err: withoutRows },
    hooks: { streamWrite: redactLine },
    mixin: () => {
      const context = currentContext();
      if (!context) return {};
      const { requestId, traceparent, orderId } = context;
      return { requestId, traceId: traceparent.slice(3, 35), ...(orderId && { orderId }) };
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** An error as pino writes it, but for where PostgreSQL quotes whole rows and parameters, which hold what people typed. */
function withoutRows(error: Error): object {
  const { detail, where, internalQuery, aggregateErrors, ...kept } = pino.stdSerializers.err(
    error,
  ) as Quoting;
  return {
    ...kept,
    ...(aggregateErrors && { aggregateErrors: aggregateErrors.map((each) => each.message) }),
  };
}
type Quoting = ReturnType<typeof pino.stdSerializers.err> & {
  aggregateErrors?: { message: string }[];
};
