import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ShopFailure } from "./failure.ts";
import { lastLines, run } from "./runtime/commands.ts";
import { repository } from "./state-folder.ts";

const frontend = join(repository, "frontend");
const sources = [
  frontend,
  join(repository, "services", "contracts", "src"),
  join(repository, "package-lock.json"),
];

/** Builds the storefront when its sources are newer than the last build; says whether it did. */
export async function buildStorefront(say: (progress: string) => void): Promise<boolean> {
  const built = join(frontend, "dist", "index.html");
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newestChange))) return false;
  say("vite build");
  const vite = join(repository, "node_modules", "vite", "bin", "vite.js");
  const { code, output } = await run(process.execPath, [vite, "build"], { cwd: frontend });
  if (code === 0) return true;
  throw new ShopFailure(
    "The storefront does not build.",
    "Mend that (npm run build -w frontend shows it again).",
    lastLines(output, 12),
  );
}

function newestChange(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path)
    .filter((name) => name !== "dist" && name !== "node_modules")
    .map((name) => newestChange(join(path, name)));
  return Math.max(stat.mtimeMs, ...inside);
}
