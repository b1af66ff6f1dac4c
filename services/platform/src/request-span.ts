import type { Request, Response } from "express";
import { beginSpan, beginTrace, SpanKind, traceparentOf, unsampled } from "./tracing.ts";

/** The pattern of the route that took a request; addresses would be without number. */
export function routePattern({ baseUrl, route }: Request): string {
  const path = (route as { path?: unknown } | undefined)?.path;
  return typeof path === "string" ? baseUrl + path : "other";
}

const wellFormed = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Begins the span of a request, which ends with the answer, or with the head of a stream. What a caller outside says of
 * traces is not heard: at the door a new one begins. Returns the traceparent of what the request brings about.
 */
export function traceRequest(req: Request, res: Response, publicDoor: boolean): string | undefined {
  const { traceparent } = req.headers;
  const given = typeof traceparent === "string" && wellFormed.test(traceparent) ? traceparent : undefined;
  if (publicDoor && !isTold(req.path)) return undefined;
  // The sidecar delivers many events at once, under the trace of one of them: each is told where it is applied.
  if (req.path.startsWith("/events/")) return given && unsampled(given);
  const span = publicDoor
    ? beginTrace(req.method)
    : beginSpan(req.method, { kind: SpanKind.SERVER, parent: given ?? none });
  if (!span) return publicDoor ? undefined : given;
  const end = () => {
    res.off("close", end).off(streaming, end);
    const route = routePattern(req);
    span.updateName(`${req.method} ${route}`);
    span.setAttributes({
      "http.request.method": req.method,
      "http.route": route,
      "http.response.status_code": res.statusCode,
    });
    if (res.statusCode >= 500) span.setStatus({ code: 2 }).setAttribute("error.type", String(res.statusCode));
    span.end();
  };
  res.once("close", end).once(streaming, end);
  return traceparentOf(span);
}

// Without a caller's trace there is nothing to belong to.
const none = "";
const streaming = "streaming";

/** Ends the span of a request whose answer goes on for as long as somebody looks on. */
export const tellStreaming = (res: Response): void => void res.emit(streaming);

/** Probes and the storefront's files tell nobody anything. */
const isTold = (path: string) =>
  path.startsWith("/api/") && path !== "/api/health" && !path.startsWith("/api/docs");
