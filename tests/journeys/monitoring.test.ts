import {
  alert,
  type Chart,
  chart,
  monitoringRoutes,
  type WatchedServices,
} from "@sockshop/contracts/monitoring.ts";
import { afterEach, beforeAll, expect, inject, test } from "vitest";
import { seenBy } from "../monitored.ts";
import { inDatabase, instancesOf, invokeAs, pidOf } from "../shop-state.ts";
import {
  addProduct,
  atOnce,
  eventually,
  fillCart,
  newShopper,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, admin: adminAccount } = inject("shop");
const promisedMs = 10_000;
let admin: Shopper;
let { services, statusOf, alertsOf, isOpen, isResolved } = {} as ReturnType<typeof seenBy>;
let stopped: number[] = [];
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
  ({ services, statusOf, alertsOf, isOpen, isResolved } = seenBy(admin));
});
afterEach(() => goOn());

function goOn(): void {
  for (const pid of stopped) process.kill(pid, "SIGCONT");
  stopped = [];
}
/** Stops every instance: while one of them answers, so does the service. */
function stop(part: string): void {
  stopped = instancesOf(part).map(pidOf);
  for (const pid of stopped) process.kill(pid, "SIGSTOP");
}

test("every service, its sidecar and its database is shown to be up", async () => {
  let seen: WatchedServices | undefined;
  await eventually("everything is up, and its own sidecar has told of itself", async () => {
    seen = await services();
    return (
      seen.sidecar !== undefined &&
      seen.items.every(({ status, parts }) => status === "up" && parts.every((part) => part.status === "up"))
    );
  });
  const apps = seen?.items.map(({ appId }) => appId);
  for (const appId of ["gateway", "catalog", "cart", "order", "payment", "rating", "monitoring"])
    expect(apps).toContain(appId);
  expect(seen?.sidecar?.components.map(({ name }) => name)).toContain("pubsub");
});

/** What a live view brings, as it comes; ends with the test. */
async function* liveEvents(signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const response = await fetch(`${url}/api/monitoring/stream`, {
    headers: { cookie: admin.cookieHeader() },
    signal,
  });
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const messages = (text + chunk).split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(message) ?? [];
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}

test("a service that stops is shown to be down within ten seconds, live, with an alert that resolves itself", async () => {
  const watching = new AbortController();
  const shown = (async () => {
    for await (const { event, data } of liveEvents(watching.signal)) {
      const found = event === "services" ? (data as WatchedServices).items : [];
      if (found.some(({ appId, status }) => appId === "rating" && status === "down")) return true;
    }
    return false;
  })();
  stop("rating");
  await eventually("rating is down", async () => (await statusOf("rating")) === "down", promisedMs);
  await eventually("somebody is told", () => isOpen("service-down", "rating"), promisedMs);
  expect(await shown).toBe(true);
  watching.abort();
  goOn();
  await eventually("rating is up", async () => (await statusOf("rating")) === "up", promisedMs);
  await eventually("the alert is resolved", () => isResolved("service-down", "rating"), promisedMs);
});

test("a burst of declined cards raises an alert, which an administrator acknowledges", async () => {
  const product = await addProduct(admin, { stock: 90 });
  // A few at once: two of every service on one small machine take a while for each.
  await atOnce(4, 20, async () => {
    const buyer = newShopper(url);
    const placed = await placeOrder(buyer, await fillCart(buyer, skuOf(product)), "tok_declined");
    expect((await settled(buyer, placed.body.id)).reason).toBe("payment-declined");
  });
  await eventually("an alert is open", () => isOpen("payments-declined", "payments"), promisedMs);
  const [raised] = await alertsOf("payments-declined", "payments", "open");
  expect(raised).toMatchObject({ severity: "critical", whatToDo: expect.stringContaining("provider") });
  const answer = await admin.post(`/api/monitoring/alerts/${raised?.id}/acknowledge`);
  expect(alert.parse(answer.body)).toMatchObject({ id: raised?.id, status: "acknowledged" });
  await eventually("other services are told", async () => {
    const told = await inDatabase<{ type: string }>(
      "monitoring",
      "select type from events where topic = 'alert-events' and position is not null and data->>'alertId' = $1 order by seq",
      [raised?.id],
    );
    return told.map(({ type }) => type).join() === "AlertRaised,AlertAcknowledged";
  });
});

test("charts come from what every service measures, and Prometheus may scrape it through Monitoring's sidecar only", async () => {
  // A rate takes two scrapes of one series, and requests between them: those of the tests before may all lie before the first.
  await eventually(
    "requests to the order service are drawn",
    async () => {
      await admin.get("/api/orders");
      const { body } = await admin.get<Chart>("/api/monitoring/metrics/requests?minutes=5");
      const drawn = chart.parse(body).series.find(({ appId }) => appId === "order");
      return drawn?.points.some(({ value }) => value > 0) ?? false;
    },
    60_000,
  );
  const parked = chart.parse((await admin.get<Chart>("/api/monitoring/metrics/parked")).body);
  expect(parked.series.flatMap(({ points }) => points).filter(({ value }) => value > 0)).toEqual([]);
  const scraped = await invokeAs("monitoring", "monitoring", "/scrape/gateway");
  expect([scraped.status, await scraped.text()]).toEqual([200, expect.stringContaining("outbox_lag_events")]);
  expect((await invokeAs("cart", "monitoring", "/scrape/gateway")).status).toBe(403);
}, 90_000);

test("what the services stand on is shown to be up", async () => {
  const needed = ["postgresql", "redis", "placement", "scheduler"];
  await eventually("all four are up", async () => {
    const under = (await services()).infrastructure.filter(({ name }) => needed.includes(name));
    return under.length === needed.length && under.every(({ status }) => status === "up");
  });
});

test("a customer is refused, and so is a guest", async () => {
  const [customer, guest] = [newShopper(url), newShopper(url)];
  await signUp(customer);
  await guest.get("/api/cart");
  for (const { method, path } of monitoringRoutes) {
    const address = `/api${path.replace(":id", crypto.randomUUID()).replace(":chart", "requests")}`;
    for (const shopper of [customer, guest])
      expect([401, 403]).toContain((await shopper.send(method.toUpperCase(), address)).status);
  }
});
