import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ownAlertRule } from "@sockshop/contracts/monitoring.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { findProgram, run } from "../runtime/commands.ts";
import { obtainTelemetryPart } from "../runtime/prometheus-programs.ts";
import { thisPlatform } from "../runtime/release-archive.ts";
import { openStateFolder } from "../state-folder.ts";
import { alertmanagerConfig, onThisMachine, prometheusConfig, rulesFile } from "../telemetry-config.ts";
import { readTopology } from "../topology.ts";

const { bin } = openStateFolder({});
const folder = mkdtempSync(join(tmpdir(), "sockshop-telemetry-"));
const tokens = { scrape: join(folder, "scrape-token"), alerts: join(folder, "alerts-token") };
const place = onThisMachine(tokens, join(folder, "targets"));
const topology = readTopology({});
let tools: { promtool: string; amtool: string } | undefined;
let missing = "";

beforeAll(async () => {
  for (const file of Object.values(tokens)) writeFileSync(file, "secret");
  const search = {
    folder: bin,
    env: process.env,
    platform: thisPlatform(),
    download: { say: () => {}, patienceMs: 5_000 },
  };
  try {
    for (const part of ["prometheus", "alertmanager"] as const)
      await obtainTelemetryPart({ ...search, part });
  } catch (error) {
    missing = (error as Error).message;
  }
  const [promtool, amtool] = ["promtool", "amtool"].map((name) => findProgram(name, [bin]));
  if (promtool && amtool) tools = { promtool, amtool };
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test("promtool and amtool accept what a start writes for Prometheus and Alertmanager", async (context) => {
  if (!tools) return context.skip(missing);
  const config = written("prometheus.yaml", prometheusConfig(topology, place));
  const checked = await run(tools.promtool, ["check", "config", config]);
  expect([checked.code, checked.output]).toEqual([0, expect.stringContaining("SUCCESS")]);
  const routes = written("alertmanager.yaml", alertmanagerConfig(topology, place));
  expect(await run(tools.amtool, ["check-config", routes])).toMatchObject({ code: 0 });
}, 60_000);

test("every rule fires when it should and not before, as promtool tries them", async (context) => {
  if (!tools) return context.skip(missing);
  const tried = await run(tools.promtool, ["test", "rules", join(dirname(rulesFile), "rules.test.yaml")]);
  expect([tried.code, tried.output]).toEqual([0, expect.stringContaining("SUCCESS")]);
}, 60_000);

test("what Monitoring finds by itself is not delivered to it a second time", async (context) => {
  if (!tools) return context.skip(missing);
  const config = written("routes.yaml", alertmanagerConfig(topology, place));
  const receiverOf = async (...labels: string[]) =>
    (
      await run(tools?.amtool ?? "", ["config", "routes", "test", `--config.file=${config}`, ...labels])
    ).output
      .trim()
      .split("\n")
      .at(-1)
      ?.trim();
  expect(await receiverOf("alertname=service-down", "covered_by=monitoring")).toBe("nobody");
  expect(await receiverOf("alertname=latency-high", "service=cart")).toBe("monitoring");
}, 60_000);

type Rule = { alert?: string; labels?: Record<string, string>; annotations?: Record<string, string> };

test("every rule says how urgent it is, what it means and what to do; only a covered one bears a name of Monitoring's own", () => {
  const { groups } = parse(readFileSync(rulesFile, "utf8")) as { groups: { rules: Rule[] }[] };
  const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert);
  expect(alerts.length).toBeGreaterThan(10);
  for (const { alert, labels, annotations } of alerts) {
    expect([alert, ["critical", "warning", "info"].includes(labels?.severity ?? "")]).toEqual([alert, true]);
    expect([alert, Object.keys(annotations ?? {})]).toEqual([alert, ["summary", "what_to_do"]]);
    if (labels?.covered_by !== "monitoring")
      expect([alert, ownAlertRule.options.some((own) => own === alert)]).toEqual([alert, false]);
  }
});
