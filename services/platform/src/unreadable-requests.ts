import { type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { Problem } from "./problem.ts";

/** Answers requests that the HTTP parser refuses, and that therefore reach no route, with problem documents too. */
export function answerUnreadableRequests(server: Server): void {
  server.on("clientError", (error: Error & { code?: string }, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const problem = problemFor(error.code);
    const body = JSON.stringify(problem.document());
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

function problemFor(code: string | undefined): Problem {
  if (code === "HPE_HEADER_OVERFLOW")
    return new Problem(431, "headers-too-large", "The address and headers together are too long.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new Problem(408, "request-timeout", "The request did not arrive in time.");
  return new Problem(400, "malformed-request", "This is not a request of HTTP/1.1.");
}
