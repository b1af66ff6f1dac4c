import compression from "compression";
import type { Request, RequestHandler, Response } from "express";

const partialContent = 206;
const notModified = 304;

/** Compresses answers of 1 KB and more for clients that take it; streams of events and parts of files go as they are. */
export function compressedAnswers(): RequestHandler {
  return compression({ threshold: "1kb", filter: gainsByIt });
}

function gainsByIt(req: Request, res: Response): boolean {
  // It tells no type, and must vary as the whole answer would.
  if (res.statusCode === notModified) res.vary("accept-encoding");
  // Its range counts the bytes of the plain file.
  if (res.statusCode === partialContent) return false;
  // A compressor waits for more, and an event must flow at once.
  if (String(res.getHeader("content-type")).startsWith("text/event-stream")) return false;
  return compression.filter(req, res);
}
