import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSidecarMetadata, sidecarMetadataRoute } from "../src/sidecar-metadata.ts";

/** As daprd 1.18 answers, with what must not be passed on. */
const metadata = {
  id: "cart",
  runtimeVersion: "1.18.2",
  enabledFeatures: ["HotReload"],
  components: [{ name: "pubsub", type: "pubsub.redis", version: "v1" }],
  subscriptions: [
    {
      pubsubname: "pubsub",
      topic: "order-events",
      metadata: { key: "secret" },
      rules: [{ path: "/events/x" }],
    },
  ],
  appConnectionProperties: { port: 3002, protocol: "http", channelAddress: "127.0.0.1" },
  actorRuntime: { runtimeStatus: "RUNNING", activeActors: null, hostReady: true, placement: "connected" },
  extended: { appCommand: "start --token secret", cliPID: "7" },
};

const sidecarServer = createServer((req, res) => {
  if (req.headers["dapr-api-token"] !== "sidecar-token") res.writeHead(401);
  res.end(JSON.stringify(metadata));
});
const app = express();
const servers = [sidecarServer];
let address: string;
let sidecar: { url: string; headers: Record<string, string> };
beforeAll(async () => {
  await new Promise<void>((resolve) => void sidecarServer.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(sidecarServer.address() as AddressInfo).port}`;
  sidecar = { url, headers: { "dapr-api-token": "sidecar-token" } };
  sidecarMetadataRoute(app, { sidecar, appApiToken: "app-token" });
  const server = app.listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/sidecar`;
});
afterAll(() => {
  for (const server of servers) server.close();
});

const ask = (headers: Record<string, string>) => fetch(address, { headers });

test("Monitoring is told what the sidecar says of itself, without command lines and tokens", async () => {
  const answer = await ask({ "dapr-api-token": "app-token", "dapr-caller-app-id": "monitoring" });
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({
    id: "cart",
    subscriptions: [{ topic: "order-events", rules: [{ path: "/events/x" }] }],
    httpEndpoints: [],
    actorRuntime: { placement: "connected", activeActors: [] },
  });
  expect(text).not.toMatch(/secret|token/);
});

test("nobody else is told", async () => {
  const statuses = await Promise.all(
    [
      { "dapr-caller-app-id": "monitoring" },
      { "dapr-api-token": "app-token" },
      { "dapr-api-token": "app-token", "dapr-caller-app-id": "order" },
      { "dapr-api-token": "app-token", "dapr-caller-app-id": "order, monitoring" },
    ].map(async (headers) => (await ask(headers as unknown as Record<string, string>)).status),
  );
  expect(statuses.every((status) => status >= 400)).toBe(true);
});

test("a sidecar that does not answer is a service that is away", async () => {
  const away = { url: "http://127.0.0.1:1", headers: {} };
  await expect(readSidecarMetadata(away)).rejects.toMatchObject({ status: 503 });
});
