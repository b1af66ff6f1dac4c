import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["services/*/test/**/*.test.ts", "scripts/test/**/*.test.ts"],
          globalSetup: ["services/platform/test/postgres-server.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      "frontend/vitest.config.ts",
    ],
  },
});
