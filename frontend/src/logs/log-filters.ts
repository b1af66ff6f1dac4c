import type { LogLevel } from "@sockshop/contracts/logging.ts";
import type { LocationQuery, LocationQueryRaw } from "vue-router";
import { isPreset, type Period, type Preset } from "./period.ts";

export const services = [
  "gateway",
  "catalog",
  "cart",
  "order",
  "payment",
  "rating",
  "logging",
  "monitoring",
] as const;
// The contract's own list would bring the schemas along.
export const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const satisfies LogLevel[];

export type LogFilters = Period & {
  service: string;
  levels: LogLevel[];
  search: string;
  traceId: string;
  orderId: string;
  requestId: string;
};

export const text = (value: unknown) => (typeof value === "string" ? value : "");
const matching = (value: unknown, form: RegExp) => (form.test(text(value)) ? text(value) : "");

export const traceForm = /^[0-9a-f]{32}$/i;
export const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const requestForm = /^[\w-]{1,64}$/;

export function readPeriod(query: LocationQuery): Period {
  const last = text(query.last);
  const moment = (value: unknown) => {
    const time = new Date(text(value));
    return Number.isNaN(time.getTime()) ? "" : time.toISOString();
  };
  return { last: isPreset(last) ? last : "", from: moment(query.from), to: moment(query.to) };
}

/** The address bar as filters; whatever it holds that makes no sense is left out. */
export function readLogFilters(query: LocationQuery): LogFilters {
  const asked = text(query.level).split(",");
  return {
    ...readPeriod(query),
    service: text(query.service).slice(0, 40),
    levels: levels.filter((level) => asked.includes(level)),
    search: text(query.search).slice(0, 200),
    traceId: matching(query.traceId, traceForm).toLowerCase(),
    orderId: matching(query.orderId, uuidForm).toLowerCase(),
    requestId: matching(query.requestId, requestForm),
  };
}

/** Filters for the address bar, without those that say nothing. */
export function writeLogFilters({ levels: chosen, ...rest }: LogFilters): LocationQueryRaw {
  return filled({ ...rest, level: chosen.join(",") });
}

export const filled = (query: Record<string, string>): LocationQueryRaw =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));

export type { Preset };
