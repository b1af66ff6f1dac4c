import type { Traces } from "@sockshop/contracts/tracing.ts";
import type { TracingSettings } from "@sockshop/platform/config.ts";
import type { RequestHandler } from "express";
import type { Sessions } from "./sessions.ts";
import { requireAccess } from "./visitor.ts";

export type TracesPlace = { url: string | undefined; sampling: number };

/** Zipkin's pages, at the address under which people reach it (`given`) or else under which services do. */
export function tracesPlace({ zipkinUrl, sampling }: TracingSettings, given: string): TracesPlace {
  return { url: zipkinUrl && `${given.replace(/\/+$/, "") || `${zipkinUrl}/zipkin/traces`}/`, sampling };
}

const missing = {
  why: "No Zipkin runs beside the shop, so no traces are kept.",
  whatToDo:
    "Install Java 17 or newer and run npm start again, or name a Zipkin of yours: ZIPKIN_URL=<address> npm start.",
};

/** Tells administrators how a trace's page is found. */
export function tracesRoute({
  sessions,
  traces: { url, sampling },
}: {
  sessions: Pick<Sessions, "visitor">;
  traces: TracesPlace;
}): RequestHandler {
  return async (req, res) => {
    requireAccess("admin", await sessions.visitor(req, res));
    res.json({ sampling, ...(url ? { url } : { missing }) } satisfies Traces);
  };
}
