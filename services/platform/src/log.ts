import { type DestinationStream, type Logger, pino } from "pino";
import { currentContext } from "./request-context.ts";

export type Log = Logger;

// Personal data and secrets, by the names they have in our shapes; G11 forbids them in any log.
const secret = [
  "password",
  "token",
  "authorization",
  "cookie",
  "email",
  "shippingAddress",
  "address",
  "secret",
];

/** JSON log lines on standard output, with the trace, request and order they belong to. */
export function createLog(config: { appId: string; logLevel: string }, destination?: DestinationStream): Log {
  const options = {
    level: config.logLevel,
    base: { service: config.appId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [...secret, ...secret.map((name) => `*.${name}`), ...secret.map((name) => `*.*.${name}`)],
      censor: "[redacted]",
    },
    serializers: { err: withoutRows },
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
