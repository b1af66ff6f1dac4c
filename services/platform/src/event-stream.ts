import type { Request, Response } from "express";
import { tellStreaming } from "./request-span.ts";

/** A server-sent event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export type EventStream = {
  /** `id` is what a client sends back as Last-Event-ID when it resumes. */
  send: (event: string, data: unknown, id?: string) => void;
  end: () => void;
  /** Calls `listener` once, when either side has closed the stream. */
  onClose: (listener: () => void) => void;
  lastEventId: string | undefined;
};

const heartbeatMs = 15_000;
/** What may wait for a client that does not read; it comes back, and resumes by Last-Event-ID. */
const mostWaitingBytes = 4 * 1024 * 1024;
const open = new Set<Response>();

/** Begins a stream; a comment goes out now and then so that proxies and dead clients are noticed. */
export function openEventStream(req: Request, res: Response): EventStream {
  res.status(200).set({
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
  res.flushHeaders();
  tellStreaming(res);
  res.write(": open\n\n");
  open.add(res);
  const heartbeat = setInterval(() => res.write(": still here\n\n"), heartbeatMs);
  res.once("close", () => {
    clearInterval(heartbeat);
    open.delete(res);
  });
  return {
    send(event, data, id) {
      if (res.writableLength > mostWaitingBytes) return void res.destroy();
      res.write(`${id ? `id: ${id}\n` : ""}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    end: () => void res.end(),
    onClose: (listener) => void res.once("close", listener),
    lastEventId: req.get("last-event-id"),
  };
}

/** Has a stream that somebody else writes (a forwarded one) end with the service, too. */
export function endWithService(res: Response): void {
  tellStreaming(res);
  open.add(res);
  res.once("close", () => open.delete(res));
}

/** Ends every open stream, so that a draining server need not wait for clients that stay. */
export function endEventStreams(): void {
  for (const res of open) res.end();
}
