import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import type { Request, Response } from "express";
import { expect, test } from "vitest";
import { openEventStream } from "../src/event-stream.ts";
import { eventually } from "./postgres.ts";

test("a client that does not read is let go before it fills the memory", async () => {
  let waiting = 0;
  let closed = false;
  const server = createServer((req, res) => {
    const stream = openEventStream(
      Object.assign(req, { get: () => undefined }) as unknown as Request,
      Object.assign(res, {
        status: () => ({ set: (headers: Record<string, string>) => void res.writeHead(200, headers) }),
      }) as unknown as Response,
    );
    const telling = setInterval(() => {
      for (let nr = 0; nr < 50; nr++) stream.send("log", "x".repeat(10_000));
      waiting = Math.max(waiting, res.writableLength);
    }, 1);
    stream.onClose(() => {
      clearInterval(telling);
      closed = true;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const client = get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }, (answer) => {
    answer.pause();
  });
  client.on("error", () => {});
  await eventually("the stream was closed", () => closed || waiting > 50_000_000);
  expect(closed).toBe(true);
  expect(waiting).toBeLessThan(20_000_000);
  client.destroy();
  server.closeAllConnections();
  server.close();
});
