import { defineConfig } from "vitest/config";
import { whyNoDocker } from "./compose/docker.ts";

const overTheRealShop = {
  globalSetup: ["tests/start-shop.ts"],
  // One shop serves every file, so that each file may expect the machine to itself.
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

const overTheContainers = {
  globalSetup: ["tests/compose/start-shop.ts"],
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 300_000,
};
const noDocker = process.argv.includes("compose") ? whyNoDocker() : undefined;
const inContainers = [
  { name: "compose", include: ["tests/journeys/*.test.ts", "tests/browser/buying.test.ts"] },
  { name: "compose-kills", include: ["tests/compose/kills.test.ts"] },
  {
    name: "compose-two",
    include: ["tests/journeys/*.test.ts", "tests/compose/two-instances.test.ts"],
    setupFiles: ["tests/compose/second-instances.ts"],
  },
  // One after the other: they share one shop. Vitest runs what has the order 0 and one worker after all others.
].map((project, index) => ({
  test: { ...overTheContainers, ...project, sequence: { groupOrder: index + 1 } },
}));
const skipped = [{ test: { name: "compose", include: ["tests/compose/no-docker.test.ts"] } }];

/** Suites that cross services: they start the shop as `npm start` does and talk to it from outside. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    projects: [
      ...(noDocker ? skipped : inContainers),
      { test: { ...overTheRealShop, name: "stopped", include: ["tests/stopped/*.test.ts"] } },
      { test: { ...overTheRealShop, name: "burst", include: ["tests/faults/burst.test.ts"] } },
      // Sidecars in front of nothing, started with each security setting and without it.
      {
        test: {
          name: "settings",
          include: ["tests/settings/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["tests/faults/workflow-host.test.ts"],
          globalSetup: ["services/platform/test/postgres-server.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          ...overTheRealShop,
          name: "faults-shop",
          include: ["tests/faults/{kills-under-load,lost-redis,sidecar-restarts}.test.ts"],
          // After the other project and not beside it: both are about how soon things go on.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...overTheRealShop,
          name: "journeys",
          include: ["tests/journeys/*.test.ts"],
          // Whatever the services run on, hundreds of buyers at once are the databases' work, Prometheus is itself, and
          // that a process was killed is seen from outside.
          exclude: ["tests/journeys/{idempotency,prometheus,restarts}.test.ts"],
        },
      },
      {
        test: {
          ...overTheRealShop,
          name: "shop",
          include: ["tests/{journeys,security,events,browser}/*.test.ts", "tests/faults/kills.test.ts"],
        },
      },
    ],
  },
});
