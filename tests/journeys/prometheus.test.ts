import { createServer } from "node:http";
import { type Chart, chart } from "@sockshop/contracts/monitoring.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { seenBy } from "../monitored.ts";
import { ownTargetPort } from "../own-target.ts";
import { eventually, type Shopper, signInAdmin } from "../shopper.ts";

const { url, admin: adminAccount, containers } = inject("shop");
/** This machine, as Prometheus reaches it. */
const here = containers?.hostAddress ?? "127.0.0.1";
const ownTarget = `${here}:${ownTargetPort}`;
let admin: Shopper;
let { services, alertsOf, isOpen, isResolved } = {} as ReturnType<typeof seenBy>;

beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
  ({ services, alertsOf, isOpen, isResolved } = seenBy(admin));
});

async function untilPrometheusRuns(): Promise<string | undefined> {
  let why: string | undefined;
  await eventually(
    "Prometheus and Alertmanager are up, or known to be absent",
    async () => {
      const parts = (await services()).infrastructure.filter(({ name }) =>
        ["prometheus", "alertmanager"].includes(name),
      );
      why = parts.find(({ status }) => status === "absent")?.missing?.why;
      return why !== undefined || (parts.length === 2 && parts.every(({ status }) => status === "up"));
    },
    60_000,
  );
  return why;
}

test("what Prometheus finds wrong arrives by Alertmanager, resolves by itself, and its figures are drawn", async (context) => {
  const absent = await untilPrometheusRuns();
  if (absent) return context.skip(absent);
  const raised = () => isOpen("scrape-failing", ownTarget);
  await eventually("Prometheus' alert has arrived", raised, 90_000);
  const [told] = await alertsOf("scrape-failing", ownTarget);
  expect(told).toMatchObject({ source: "prometheus", severity: "warning", summary: expect.any(String) });
  const target = createServer((_req, res) => res.setHeader("content-type", "text/plain").end("mine 1\n"));
  await new Promise<void>((resolve) => target.listen(ownTargetPort, here, resolve));
  const resolved = () => isResolved("scrape-failing", ownTarget);
  await eventually("it is resolved", resolved, 90_000);
  target.close();
  const memory = chart.parse((await admin.get<Chart>("/api/monitoring/metrics/memory?minutes=5")).body);
  expect(memory.source).toBe("prometheus");
  const lines = memory.series.filter(({ points }) => points.some(({ value }) => value > 0));
  expect(lines.map(({ label }) => label)).toEqual(expect.arrayContaining(["order", "order sidecar"]));
}, 240_000);
