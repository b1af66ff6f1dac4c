import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const gateway = process.env.GATEWAY_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [vue()],
  // The gateway's policy allows no data: fonts, and small files are quicker cached than inlined.
  build: { outDir: "dist", assetsInlineLimit: 0, target: "es2023" },
  server: { host: "127.0.0.1", proxy: { "/api": { target: gateway } } },
});
