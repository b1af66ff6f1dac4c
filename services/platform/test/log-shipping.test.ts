import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog, type Log } from "../src/log.ts";
import { type LogShipping, shipLogs } from "../src/log-shipping.ts";
import { createMetrics, type Metrics } from "../src/metrics.ts";
import { eventually } from "./postgres.ts";

type Sent = {
  id: string;
  data: {
    service: string;
    dropped: number;
    sender: string;
    first: number;
    records: { msg: string; nr?: number }[];
  };
};

let sidecar: Server;
let url: string;
let taken: Sent[];
/** What the sidecar answers; "lost" takes the batch and answers nobody. */
let answer: number | "lost";
let asked: { path: string; token: string }[];
let written: string[];
let metrics: Metrics;
let shipping: LogShipping;
let log: Log;

beforeEach(async () => {
  [taken, asked, written, answer] = [[], [], [], 204];
  sidecar = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      asked.push({ path: req.url ?? "", token: String(req.headers["dapr-api-token"]) });
      if (answer === "lost" || answer === 204) taken.push(JSON.parse(body));
      if (answer === "lost") res.destroy();
      else res.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => sidecar.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(sidecar.address() as AddressInfo).port}`;
  metrics = createMetrics("cart");
  shipping = shipLogs({
    appId: "cart",
    sidecar: { url, headers: { "dapr-api-token": "t" } },
    metrics,
    output: { write: (line) => void written.push(line) },
  });
  log = createLog({ appId: "cart", logLevel: "info" }, shipping.destination);
});
afterEach(async () => {
  await shipping.stop();
  sidecar.closeAllConnections();
  sidecar.close();
});

const numbers = () => taken.flatMap(({ data }) => data.records.map(({ nr }) => nr));
const upTo = (count: number) => Array.from({ length: count }, (_, nr) => nr);
const count = async (name: "logsShipped" | "logsDropped") =>
  (await metrics[name].get()).values[0]?.value ?? 0;

test("lines are written, and sent in batches in their order through the own sidecar", async () => {
  for (const nr of upTo(450)) log.info({ nr }, "line");
  expect(written).toHaveLength(450);
  await eventually("all were sent", () => numbers().length === 450);
  expect(numbers()).toEqual(upTo(450));
  expect(taken.length).toBeLessThanOrEqual(4);
  expect(taken[0]?.data).toMatchObject({ service: "cart", dropped: 0 });
  expect(asked[0]).toEqual({ path: "/v1.0/publish/log-pubsub/log-events", token: "t" });
  await eventually("all were counted", async () => (await count("logsShipped")) === 450);
});

test("while the sidecar is away lines wait, and writing them neither fails nor waits", async () => {
  answer = 500;
  for (const nr of upTo(10)) log.info({ nr }, "line");
  await eventually("it was asked", () => asked.length > 0);
  expect(written).toHaveLength(10);
  for (const nr of upTo(10)) log.info({ nr: nr + 10 }, "line");
  answer = 204;
  await eventually("all were sent", () => numbers().length === 20);
  expect(numbers()).toEqual(upTo(20));
  expect(await count("logsDropped")).toBe(0);
});

test("a batch whose answer was lost is sent again under the same id", async () => {
  answer = "lost";
  log.info({ nr: 0 }, "line");
  await eventually("it was taken", () => taken.length > 0);
  answer = 204;
  await eventually("it was taken again", () => taken.length > 1);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(1);
});

test("what does not fit while the sidecar is away is counted, and the next batch tells it", async () => {
  answer = 500;
  for (const nr of upTo(6_000)) log.info({ nr }, "line");
  const dropped = await count("logsDropped");
  expect(dropped).toBe(1_000);
  expect(written).toHaveLength(6_000);
  answer = 204;
  await eventually("what fitted was sent", () => numbers().length === 5_000);
  expect(taken.reduce((sum, { data }) => sum + data.dropped, 0)).toBe(dropped);
});

test("what the sidecar refuses for good is counted and holds up nothing", async () => {
  answer = 400;
  log.info({ nr: 0 }, "line");
  await eventually("it was refused", async () => (await count("logsDropped")) === 1);
  answer = 204;
  log.info({ nr: 1 }, "line");
  await eventually("the next was sent", () => taken.length === 1);
  expect(taken[0]?.data).toMatchObject({ dropped: 1, records: [{ nr: 1 }] });
});

test("the records that were taken are numbered without a hole, over batches and refusals", async () => {
  for (const nr of upTo(250)) log.info({ nr }, "line");
  await eventually("all were sent", () => numbers().length === 250);
  answer = 400;
  log.info({ nr: 250 }, "line");
  await eventually("it was refused", async () => (await count("logsDropped")) === 1);
  answer = 204;
  log.info({ nr: 251 }, "line");
  await eventually("the next was sent", () => numbers().length === 251);
  let next = 1;
  for (const { data } of taken) {
    expect(data.first).toBe(next);
    next += data.records.length;
  }
  expect(new Set(taken.map(({ data }) => data.sender)).size).toBe(1);
});

test("what waits is sent when the service stops", async () => {
  for (const nr of upTo(300)) log.info({ nr }, "line");
  await shipping.stop();
  expect(numbers()).toEqual(upTo(300));
});

test("a stop does not wait for a sidecar that is gone", async () => {
  sidecar.close();
  log.info("line");
  await shipping.stop();
  expect(written).toHaveLength(1);
});

test("an endless line is shortened, and nothing secret is sent", async () => {
  log.info({ nr: 1, blob: "x".repeat(50_000) }, "long");
  log.info({ nr: 2, email: "ada@example.org", cookie: "a=b" }, "to ada@example.org");
  await eventually("both were sent", () => taken.flatMap(({ data }) => data.records).length === 2);
  const text = JSON.stringify(taken);
  expect(text.length).toBeLessThan(5_000);
  expect(text).toContain('"msg":"long"');
  expect(text).not.toMatch(/ada@|a=b/);
});
