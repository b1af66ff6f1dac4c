import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";

/** What log lines, events and outgoing calls say about the work at hand. */
export type RequestContext = {
  requestId: string;
  /** W3C Trace Context (https://www.w3.org/TR/trace-context/). */
  traceparent: string;
  orderId?: string;
};

const storage = new AsyncLocalStorage<RequestContext>();
const wellFormed = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export const currentContext = (): RequestContext | undefined => storage.getStore();

/** Runs `work` under a context; a missing or malformed traceparent begins a new trace, of which nothing is recorded. */
export function inContext<Result>(context: Partial<RequestContext>, work: () => Result): Result {
  const traceparent =
    context.traceparent && wellFormed.test(context.traceparent) ? context.traceparent : newTraceparent();
  const requestId = context.requestId ?? traceparent.slice(3, 35);
  return storage.run({ ...context, requestId, traceparent }, work);
}

/** Names the order that the rest of this request is about. */
export function aboutOrder(orderId: string): void {
  const context = storage.getStore();
  if (context) context.orderId = orderId;
}

const newTraceparent = () => `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`;
