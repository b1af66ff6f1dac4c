import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AlertPage, alertPage } from "@sockshop/contracts/monitoring.ts";
import { createLog } from "@sockshop/platform/log.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "../src/alerting.ts";
import type { Facts } from "../src/rules.ts";
import { reconcileTold } from "../src/told-alerts.ts";
import { admin, openMonitoring } from "./monitoring-service.ts";

let service: Awaited<ReturnType<typeof openMonitoring>>;
beforeAll(async () => {
  service = await openMonitoring();
});
afterAll(() => service.stop());

const alert = (status: "firing" | "resolved", more: Record<string, string> = {}) => ({
  status,
  labels: { alertname: "latency-high", service: "cart", severity: "warning", ...more },
  annotations: { summary: "It is slow.", what_to_do: "Look." },
});
const deliver = (alerts: unknown[], token = "alerts of the tests", caller: string | null = null) =>
  service.door("POST", "/alertmanager/alerts", { token, caller, body: { version: "4", alerts } });
const open = async () =>
  alertPage.parse((await service.call<AlertPage>(admin(), "GET", "/monitoring/alerts?status=open")).body)
    .items;
const subjects = async () => (await open()).map(({ rule, subject }) => `${rule}/${subject}`).sort();

test("Prometheus' alerts become alerts like any other, once, and resolve when they are told to have ended", async () => {
  expect(
    (await deliver([alert("firing"), alert("firing", { subject: "cart/x", severity: "odd" })])).status,
  ).toBe(204);
  await deliver([alert("firing")]);
  expect(await open()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        rule: "latency-high",
        subject: "cart",
        source: "prometheus",
        severity: "warning",
        summary: "It is slow.",
        whatToDo: "Look.",
      }),
      expect.objectContaining({ subject: "cart/x", severity: "warning" }),
    ]),
  );
  expect(await subjects()).toHaveLength(2);
  await deliver([alert("resolved"), alert("resolved", { subject: "cart/x" })]);
  expect(await subjects()).toEqual([]);
});

test("one series that ended does not resolve what another of the same subject still says", async () => {
  await deliver([alert("firing", { route: "/a" }), alert("resolved", { route: "/b" })]);
  expect(await subjects()).toEqual(["latency-high/cart"]);
  await deliver([alert("resolved", { route: "/a" })]);
  expect(await subjects()).toEqual([]);
});

test("Monitoring's own rules cannot be told from outside, and its judging leaves Prometheus' alerts alone", async () => {
  await deliver([
    alert("firing", { alertname: "service-down" }),
    alert("firing", { alertname: "no name!" }),
    alert("firing"),
  ]);
  expect(await subjects()).toEqual(["latency-high/cart"]);
  const facts = {
    now: new Date(),
    states: [],
    samples: [],
    lowStock: [],
    stuckOrders: [],
    payments: { count: 0, declined: 0 },
    seenUp: new Set(),
    watchingSince: new Date(),
    settings: { declineShare: 1, declineWindow: 2 },
  };
  await judge(service.database, facts as Facts);
  expect(await subjects()).toEqual(["latency-high/cart"]);
  await deliver([alert("resolved")]);
});

test("without the right secret, or for a service, both doors stay closed", async () => {
  expect((await deliver([alert("firing")], "wrong")).status).toBe(401);
  expect((await deliver([alert("firing")], "scrapes of the tests")).status).toBe(401);
  expect((await deliver([alert("firing")], undefined, "cart")).status).toBe(403);
  expect((await deliver(["nonsense"])).status).toBe(422);
  const scrape = (token: string, appId = "cart") =>
    service.door("GET", `/prometheus/scrape/${appId}`, { token });
  expect(await (await scrape("scrapes of the tests")).text()).toBe('up{service="cart"} 1\n');
  expect((await scrape("scrapes of the tests", "else")).status).toBe(404);
  expect((await scrape("alerts of the tests")).status).toBe(401);
  expect(await subjects()).toEqual([]);
});

test("a door whose secret is not set stays closed to everybody", async () => {
  const closed = await openMonitoring({ scrapeToken: undefined, alertsToken: undefined });
  for (const token of ["scrapes of the tests", "alerts of the tests", "undefined", ""]) {
    expect((await closed.door("GET", "/prometheus/scrape/cart", { token })).status).toBe(401);
    const body = { version: "4", alerts: [alert("firing")] };
    expect((await closed.door("POST", "/alertmanager/alerts", { token, body })).status).toBe(401);
  }
  await closed.stop();
});

test("what a lost delivery would have told is found at Alertmanager, once that has been told everything itself", async () => {
  let [held, uptime]: [unknown[], Date] = [[alert("firing")], new Date()];
  const alertmanager = createServer((req, res) => {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(req.url?.endsWith("/status") ? { uptime } : held));
  });
  await new Promise<void>((resolve) => alertmanager.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(alertmanager.address() as AddressInfo).port}`;
  const log = createLog({ appId: "monitoring", logLevel: "silent" } as never);
  const compare = (at: string | undefined) => reconcileTold({ database: service.database, log }, at);
  await compare(url);
  expect(await subjects()).toEqual(["latency-high/cart"]);
  held = [];
  await compare(url);
  expect(await subjects()).toEqual(["latency-high/cart"]);
  uptime = new Date(Date.now() - 600_000);
  await compare(url);
  expect(await subjects()).toEqual([]);
  await deliver([alert("firing")]);
  alertmanager.close();
  await expect(compare(url)).rejects.toThrow();
  expect(await subjects()).toEqual(["latency-high/cart"]);
  await compare(undefined);
  expect(await subjects()).toEqual([]);
});
