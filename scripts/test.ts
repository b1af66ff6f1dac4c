import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clearLeftovers } from "./earlier-run.ts";
import { openStateFolder, repository } from "./state-folder.ts";
import { readTotals, resultsFolder } from "./test-results.ts";

type Suite = {
  name: string;
  about: string;
  runtime?: "deno";
  config?: string;
  projects: string[];
  only?: string;
};

const overTheShop = "tests/vitest.config.ts";
const suites: Suite[] = [
  {
    name: "unit",
    about: "aggregates, workflows, stores, platform, scripts, storefront components",
    projects: ["unit", "frontend"],
  },
  {
    name: "platform-deno",
    about: "the platform on Deno",
    runtime: "deno",
    projects: ["unit"],
    only: "services/platform",
  },
  {
    name: "shop",
    about: "journeys over HTTP and in Chromium, security, events, one kill of each part",
    config: overTheShop,
    projects: ["shop"],
  },
  {
    name: "settings",
    about: "each security setting of the sidecars, and what happens without it",
    config: overTheShop,
    projects: ["settings"],
  },
  {
    name: "journeys-deno",
    about: "the journeys against the shop on Deno",
    runtime: "deno",
    config: overTheShop,
    projects: ["journeys"],
  },
];
const longSuites: Suite[] = [
  {
    name: "stopped",
    about: "each service and sidecar stopped in turn",
    config: overTheShop,
    projects: ["stopped"],
  },
  {
    name: "faults",
    about: "guarantees under kills and lost brokers",
    config: overTheShop,
    projects: ["faults", "faults-shop"],
  },
  {
    name: "burst",
    about: "500 checkouts at once",
    config: overTheShop,
    projects: ["burst"],
  },
  {
    name: "compose",
    about: "docker-compose.yml under a real engine: journeys, kills, two instances of everything",
    config: overTheShop,
    projects: ["compose", "compose-kills", "compose-two"],
  },
];

const asked = process.argv.slice(2);
const chosen =
  asked.length > 0 ? [...suites, ...longSuites].filter(({ name }) => asked.includes(name)) : suites;
if (chosen.length < asked.length) {
  const names = [...suites, ...longSuites].map(({ name, about }) => `  ${name.padEnd(14)} ${about}`);
  console.error(`These suites can be run: npm test -- <name> …\n${names.join("\n")}`);
  process.exit(2);
}

mkdirSync(resultsFolder, { recursive: true });
// Only those that are run: the total of several runs is told from all their files.
for (const { name } of chosen) rmSync(join(resultsFolder, `${name}.json`), { force: true });
let failed = false;
let givenUp = false;
for (const suite of chosen) {
  if (givenUp) break;
  console.log(`\n== ${suite.name}: ${suite.about}`);
  failed = (await runSuite(suite)) !== 0 || failed;
  // Vitest ends at once when it is stopped, and its shop would live on.
  if (suite.config) await clearLeftovers(openStateFolder({ SOCKSHOP_STATE: stateOf(suite) }).pids);
}
const totals = readTotals(chosen.map(({ name }) => name));
for (const line of totals.lines) console.log(line);
process.exit(failed || totals.failed > 0 ? 1 : 0);

/** The folder of the shop that a suite starts; tests/start-shop.ts is told. */
function stateOf(suite: Suite): string {
  return process.env.SOCKSHOP_TEST_STATE ?? join(".sockshop", `tests-${suite.runtime ?? "node"}`);
}

/** Runs one suite by vitest, which leaves its results in a file; resolves with its exit status. */
function runSuite(suite: Suite): Promise<number> {
  const args = [
    join(repository, "node_modules", "vitest", "vitest.mjs"),
    "run",
    ...(suite.config ? ["--config", suite.config] : []),
    ...suite.projects.flatMap((project) => ["--project", project]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${join(resultsFolder, `${suite.name}.json`)}`,
    ...(suite.only ? [suite.only] : []),
  ];
  // Over the shop it is the shop that runs on Deno, not the tests that look at it.
  const deno = suite.runtime === "deno" && !suite.config;
  const command = deno ? join(repository, "node_modules", ".bin", "deno") : process.execPath;
  const child = spawn(command, deno ? ["run", "-A", ...args] : args, {
    cwd: repository,
    stdio: "inherit",
    env: {
      ...process.env,
      SOCKSHOP_TEST_STATE: stateOf(suite),
      ...(suite.runtime && { SOCKSHOP_RUNTIME: suite.runtime }),
    },
  });
  const forward = (signal: NodeJS.Signals) => {
    givenUp = true;
    child.kill(signal);
  };
  process.on("SIGINT", forward).on("SIGTERM", forward);
  return new Promise((resolve) => {
    child.once("exit", (code) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}
