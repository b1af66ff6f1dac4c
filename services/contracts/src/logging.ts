import { z } from "zod";
import type { Route } from "./route.ts";
import { optionalText, plainText, uuid } from "./text.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export const logLevel = z.enum(logLevels);
export type LogLevel = z.infer<typeof logLevel>;

/** What one event of `log-events` carries; a record has whatever fields were logged beside these. */
export const logBatch = z.object({
  service: plainText(40).min(1),
  /** How many records before these had to be left out. */
  dropped: z.int().min(0),
  /** The process that sends, and the number of the first of these records among all that it sent, from 1. */
  sender: uuid.optional(),
  first: z.int().min(1).optional(),
  records: z.array(
    z.looseObject({
      time: z.iso.datetime(),
      level: logLevel,
      msg: z.string().default(""),
      requestId: z.string().optional(),
      traceId: z.string().optional(),
      orderId: z.string().optional(),
    }),
  ),
});
export type LogBatch = z.infer<typeof logBatch>;

const stored = {
  /** Its place in the store, from 1: records are appended in this order. */
  id: z.int().min(1),
  time: z.string(),
  service: z.string(),
  traceId: z.string().optional(),
  orderId: z.string().optional(),
  /** SHA-256 over the hash of the record before and this record, in hex. */
  hash: z.string(),
};
export const storedLog = z.object({
  kind: z.literal("log"),
  ...stored,
  level: logLevel,
  message: z.string(),
  requestId: z.string().optional(),
  fields: z.record(z.string(), z.unknown()),
});
export const storedEvent = z.object({
  kind: z.literal("event"),
  ...stored,
  topic: z.string(),
  position: z.int().min(1),
  type: z.string(),
  subject: z.string(),
  eventId: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export const storedRecord = z.discriminatedUnion("kind", [storedLog, storedEvent]);
export type StoredLog = z.infer<typeof storedLog>;
export type StoredEvent = z.infer<typeof storedEvent>;
export type StoredRecord = z.infer<typeof storedRecord>;

/**
 * Newest first; `nextCursor` asks for what lies before, and is absent at the end. `head` is the newest record that was looked
 * at, whether or not it matched: a live tail that goes on after it misses nothing.
 */
const newestFirst = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional(), head: z.int().min(0) });
export const logPage = newestFirst(storedLog);
export type LogPage = z.infer<typeof logPage>;
export const eventPage = newestFirst(storedEvent);
export type EventPage = z.infer<typeof eventPage>;
/** Everything that is known of one order or one trace, the oldest first; `more` when it is longer than what is here. */
export const timeline = z.object({ items: z.array(storedRecord), more: z.boolean() });
export type Timeline = z.infer<typeof timeline>;

const traceId = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{32}$/, "must be a trace id of 32 hexadecimal digits");
const requestId = z.string().regex(/^[\w-]{1,64}$/, "must be a request id: letters, digits, - and _");
const instant = z.iso.datetime({ offset: true });
const period = { from: instant.optional(), to: instant.optional() };
const paging = {
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "must be the nextCursor of an earlier answer")
    .transform(Number)
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
};
/** A live tail goes on after this record; a Last-Event-ID, which browsers send by themselves, wins over it. */
const tail = {
  after: z
    .string()
    .regex(/^\d{1,15}$/, "must be the id of a record")
    .transform(Number)
    .optional(),
};
const logFilter = {
  service: plainText(40).min(1).optional(),
  /** One level or several, separated by commas. */
  level: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(logLevel))
    .optional(),
  /** Words that must all occur; "in quotes" as a phrase, -without. */
  search: optionalText(200).optional(),
  traceId: traceId.optional(),
  orderId: uuid.optional(),
  requestId: requestId.optional(),
};
export const logTailQuery = z.object({ ...logFilter, ...tail });
export type LogFilter = Omit<z.infer<typeof logTailQuery>, "after">;
export const logQuery = z.object({ ...logFilter, ...period, ...paging });
export type LogQuery = z.infer<typeof logQuery>;
const eventFilter = {
  topic: plainText(40).min(1).optional(),
  type: plainText(100).min(1).optional(),
  subject: plainText(200).min(1).optional(),
};
export const eventTailQuery = z.object({ ...eventFilter, ...tail });
export type EventFilter = Omit<z.infer<typeof eventTailQuery>, "after">;
export const eventQuery = z.object({ ...eventFilter, ...period, ...paging });
export type EventQuery = z.infer<typeof eventQuery>;
export const timelineQuery = z
  .object({ orderId: uuid.optional(), traceId: traceId.optional() })
  .refine(({ orderId, traceId }) => (orderId === undefined) !== (traceId === undefined), {
    path: ["orderId"],
    message: "name either an orderId or a traceId",
  });

export const periodQuery = z.object(period);
export type Period = z.infer<typeof periodQuery>;
export const errorCountQuery = periodQuery.extend({
  /** How many minutes are counted together; each lot begins at a multiple of it since 1970. */
  step: z.coerce.number().int().min(1).max(10_080).default(1),
});
export type ErrorCountQuery = z.infer<typeof errorCountQuery>;
/** Minutes, or the first minutes of longer steps, in which a service had something to complain about, the newest first, at most 1,000. */
export const errorCounts = z.object({
  items: z.array(z.object({ minute: z.string(), service: z.string(), errors: z.int(), warnings: z.int() })),
});
/** Routes by their average duration, the slowest first, at most 100; whole hours are counted. */
export const routeTimes = z.object({
  items: z.array(
    z.object({
      service: z.string(),
      method: z.string(),
      route: z.string(),
      requests: z.int(),
      averageMs: z.number(),
      maxMs: z.int(),
      /** Answers that took longer than a second. */
      slow: z.int(),
      /** Answers of 500 and above. */
      failed: z.int(),
    }),
  ),
});

const admin = { method: "get", access: "admin", status: 200 } as const;
export const logRoutes: Route[] = [
  { ...admin, path: "/logs", summary: "Search log records", query: logQuery, response: logPage },
  {
    ...admin,
    path: "/logs/stream",
    summary: "Live tail of log records (server-sent events)",
    query: logTailQuery,
    responseType: "text/event-stream",
    response: z.string(),
  },
  {
    ...admin,
    path: "/logs/events",
    summary: "Every event of every topic",
    query: eventQuery,
    response: eventPage,
  },
  {
    ...admin,
    path: "/logs/events/stream",
    summary: "Live tail of events (server-sent events)",
    query: eventTailQuery,
    responseType: "text/event-stream",
    response: z.string(),
  },
  {
    ...admin,
    path: "/logs/timeline",
    summary: "One order, or one trace, across all services",
    query: timelineQuery,
    response: timeline,
  },
  {
    ...admin,
    path: "/logs/errors",
    summary: "Errors a minute by service",
    query: errorCountQuery,
    response: errorCounts,
  },
  { ...admin, path: "/logs/routes", summary: "The slowest routes", query: periodQuery, response: routeTimes },
];
