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
