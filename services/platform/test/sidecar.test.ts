import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { z } from "zod";
import { connectSidecar } from "../src/sidecar.ts";

const answered = async (listener: RequestListener) => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const sidecar = connectSidecar({
    httpPort: (server.address() as AddressInfo).port,
    grpcPort: 1,
    apiToken: "t",
  });
  const result = await sidecar
    .call("cart", "GET", "/cart", z.object({ version: z.int() }))
    .catch((error) => error);
  server.close();
  server.closeAllConnections();
  return result;
};

test("an answer that was cut off counts as a service that is away", async () => {
  const cut = await answered((_req, res) => {
    res.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    res.write('{"version":');
    setTimeout(() => res.destroy(), 20);
  });
  expect(cut).toMatchObject({ status: 503, type: "unavailable" });
});

test("a whole answer is parsed, and a refusal is thrown as the problem it carries", async () => {
  expect(await answered((_req, res) => void res.end('{"version":3}'))).toEqual({ version: 3 });
  const refused = await answered((_req, res) => {
    res.writeHead(409, { "content-type": "application/problem+json" });
    res.end('{"type":"urn:sockshop:problem:cart-joined","detail":"Load it again."}');
  });
  expect(refused).toMatchObject({ status: 409, type: "cart-joined", message: "Load it again." });
});

test("a service's fault is to its caller a service that is away, and says when to try again", async () => {
  const fault = (status: number, headers: Record<string, string> = {}) =>
    answered((_req, res) => {
      res.writeHead(status, { "content-type": "application/problem+json", ...headers });
      res.end(`{"type":"urn:sockshop:problem:internal","title":"No","status":${status},"detail":"Its own."}`);
    });
  for (const [given, asked] of [
    [{}, "2"],
    [{ "retry-after": "7" }, "7"],
    [{ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, "2"],
  ] as const)
    for (const status of [500, 502, 503]) {
      const problem = await fault(status, given);
      expect(problem).toMatchObject({ status: 503, type: "unavailable", headers: { "retry-after": asked } });
      expect(problem.document()).toMatchObject({ status: 503, title: "Not available just now" });
    }
});

test("a refusal keeps what it says beside, and not the status, title and address it was written for", async () => {
  const refused = await answered((_req, res) => {
    res.writeHead(429, { "content-type": "application/problem+json", "retry-after": "9" });
    res.end(
      '{"type":"urn:sockshop:problem:busy","title":"No","status":409,"detail":"Wait.","instance":"/internal/x","left":3}',
    );
  });
  expect(refused.headers).toEqual({ "retry-after": "9" });
  expect(refused.document("/orders")).toEqual({
    type: "urn:sockshop:problem:busy",
    title: "Too many requests",
    status: 429,
    detail: "Wait.",
    instance: "/orders",
    left: 3,
  });
});
