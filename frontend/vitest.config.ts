import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  test: {
    name: "frontend",
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["test/**/*.test.ts"],
    environment: "happy-dom",
    // Waits end as soon as what they wait for is there; this is for machines that are busy otherwise.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
