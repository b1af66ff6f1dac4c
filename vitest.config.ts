import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Tests wait for databases as often as for the processor; by default Vitest leaves one of two to itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["services/*/test/**/*.test.ts", "scripts/test/**/*.test.ts"],
          globalSetup: ["services/platform/test/postgres-server.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // A wait ends as soon as what it waits for is there.
          expect: { poll: { timeout: 10_000 } },
        },
      },
      "frontend/vitest.config.ts",
    ],
  },
});
