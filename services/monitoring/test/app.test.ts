import {
  type Alert,
  type AlertPage,
  alertPage,
  chart,
  chartList,
  monitoringRoutes,
  watchedServices,
} from "@sockshop/contracts/monitoring.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { rebuildProjection } from "@sockshop/platform/read-models.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatherFacts, judge } from "../src/alerting.ts";
import { alertsProjection } from "../src/alerts.ts";
import { storeSample } from "../src/samples.ts";
import { recordFindings } from "../src/service-states.ts";
import { admin, customer, openMonitoring, watchedApps } from "./monitoring-service.ts";

let service: Awaited<ReturnType<typeof openMonitoring>>;
beforeAll(async () => {
  service = await openMonitoring();
});
afterAll(() => service.stop());

const settings = { declineShare: 0.5, declineWindow: 20, orderStuckSeconds: 300 };
const watch = { since: new Date(0), seenUp: new Set<string>() };
const look = async (status: "up" | "down") => {
  await recordFindings(service.database, [{ appId: "cart", part: "service", status }]);
  const { database } = service;
  await judge(database, await gatherFacts({ database, watchedApps, settings }, watch));
};
const alerts = async (query = "") =>
  alertPage.parse((await service.call<AlertPage>(admin(), "GET", `/monitoring/alerts?${query}`)).body);
const published = async () =>
  (await service.database.query<{ type: string }>("select type from events order by seq")).rows.map(
    ({ type }) => type,
  );
const acknowledge = (id: string | undefined, who = admin()) =>
  service.call<Alert & { type: string }>(who, "POST", `/monitoring/alerts/${id}/acknowledge`);

test("only an administrator who comes through the gateway is answered", async () => {
  for (const { method, path } of monitoringRoutes) {
    const address = path.replace(":id", newId()).replace(":chart", "requests");
    const statuses = await Promise.all(
      [
        service.call(customer(), method, address),
        service.call(undefined, method, address),
        service.call(admin(), method, address, { caller: "cart" }),
        service.call(admin(), method, address, { caller: "cart, gateway" }),
      ].map(async (answer) => (await answer).status),
    );
    expect([path, ...statuses]).toEqual([path, 403, 401, 403, 403]);
  }
});

test("an alert is raised once, looked after, resolved by itself, and raised anew", async () => {
  const who = admin();
  await look("down");
  await look("down");
  const [raised] = (await alerts("status=open")).items;
  expect(raised).toMatchObject({ rule: "service-down", subject: "cart", status: "raised" });
  expect((await acknowledge(raised?.id, who)).body).toMatchObject({
    status: "acknowledged",
    acknowledgedBy: who.userId,
  });
  expect((await acknowledge(raised?.id)).body.acknowledgedBy).toBe(who.userId);
  await look("up");
  await look("up");
  expect((await alerts("status=resolved")).items).toMatchObject([{ id: raised?.id }]);
  const late = await acknowledge(raised?.id);
  expect([late.status, late.body.type]).toEqual([409, "urn:sockshop:problem:alert-resolved"]);
  await look("down");
  const { items, total } = await alerts();
  expect([total, items[0]?.status, items[0]?.id === raised?.id]).toEqual([2, "raised", false]);
  expect(await published()).toEqual(["AlertRaised", "AlertAcknowledged", "AlertResolved", "AlertRaised"]);
});

test("the alerts are made anew from their events", async () => {
  const before = await alerts();
  await service.database.query("delete from alerts");
  await rebuildProjection(service.database, {
    stream: "alert",
    projection: alertsProjection as never,
  });
  expect(await alerts()).toEqual(before);
});

test("an unknown alert, chart or query is refused", async () => {
  expect((await acknowledge(newId())).status).toBe(404);
  expect((await acknowledge("x")).status).toBe(404);
  expect((await service.call(admin(), "GET", "/monitoring/metrics/else")).status).toBe(404);
  expect((await service.call(admin(), "GET", "/monitoring/metrics/errors?minutes=0")).status).toBe(422);
  expect((await service.call(admin(), "GET", "/monitoring/alerts?status=else")).status).toBe(422);
});

test("services and charts come in the shapes that are promised", async () => {
  const { body } = await service.call(admin(), "GET", "/monitoring/services");
  expect(watchedServices.parse(body).items).toMatchObject([{ appId: "cart", status: "down" }]);
  const measured = {
    requests: 1,
    errors: 0,
    durations: {},
    outboxLag: 7,
    inboxLag: 0,
    parked: 0,
    chainIntact: null,
  };
  await storeSample(service.database, "cart", measured);
  const drawn = await service.call(admin(), "GET", "/monitoring/metrics/outbox-lag?minutes=5");
  expect(chart.parse(drawn.body)).toMatchObject({
    unit: "events",
    series: [{ appId: "cart", points: [{ value: 7 }] }],
  });
});

test("charts that only Prometheus could draw say so, and what would bring them", async () => {
  const { items } = chartList.parse((await service.call(admin(), "GET", "/monitoring/charts")).body);
  const sources = Object.fromEntries(items.map(({ name, source }) => [name, source]));
  expect(sources).toMatchObject({ requests: "samples", "saga-steps": "none", cpu: "none" });
  const drawn = chart.parse((await service.call(admin(), "GET", "/monitoring/metrics/cpu")).body);
  expect(drawn).toMatchObject({ source: "none", series: [], missing: { why: expect.any(String) } });
});

test("metrics are scraped through Monitoring's own sidecar, of services that it knows", async () => {
  const scrape = (appId: string, caller: string | null) =>
    service.call<string>(undefined, "GET", `/scrape/${appId}`, { caller });
  expect(await scrape("cart", null)).toMatchObject({ status: 200, body: 'up{service="cart"} 1\n' });
  expect((await scrape("cart", "monitoring")).status).toBe(200);
  expect((await scrape("cart", "gateway")).status).toBe(403);
  expect((await scrape("else", null)).status).toBe(404);
});

test("a live view shows services and alerts at once and after each change", async () => {
  const ended = new AbortController();
  const response = await service.open(admin(), "GET", "/monitoring/stream", { signal: ended.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) text += (await reader?.read())?.value ?? "";
  };
  await until(/event: alerts\ndata: .*"status":"raised"/);
  text = "";
  await look("up");
  await until(/event: services\ndata: {"items":\[{"appId":"cart","status":"up"/);
  await until(/event: alerts\ndata: {"items":\[\]/);
  text = "";
  service.sight.look(false);
  await until(/event: sight\ndata: {"blindSince":"20/);
  service.sight.look(true);
  await until(/event: sight\ndata: {}\n[\s\S]*event: services\n/);
  ended.abort();
});
