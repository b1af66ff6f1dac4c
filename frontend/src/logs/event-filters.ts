import type { LocationQuery, LocationQueryRaw } from "vue-router";
import { filled, readPeriod, text } from "./log-filters.ts";
import type { Period } from "./period.ts";

export type EventFilters = Period & { topic: string; type: string; subject: string };

/** The address bar as filters; whatever it holds that makes no sense is left out. */
export const readEventFilters = (query: LocationQuery): EventFilters => ({
  ...readPeriod(query),
  topic: text(query.topic).slice(0, 40),
  type: text(query.type).slice(0, 100),
  subject: text(query.subject).slice(0, 200),
});

/** Filters for the address bar, without those that say nothing. */
export const writeEventFilters = (filters: EventFilters): LocationQueryRaw => filled(filters);
