import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ShopFailure } from "../failure.ts";
import { repository } from "../state-folder.ts";
import { findProgram, lastLines, run } from "./commands.ts";
import type { DaprOrder } from "./dapr-download.ts";
import { daprParts } from "./dapr-version.ts";

/** What `go install` needs besides the module: without the tag daprd panics, without a version it is "edge". */
const recipes = {
  runtime: (version: string) => [
    "-tags=stablecomponents",
    `-ldflags=-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${version}`,
    "./daprd",
    "tool",
  ],
  cli: (version: string) => [`-ldflags=-s -w -X main.version=${version}`, "tool"],
};

/** Builds a part with Go from its module in dapr/; false when there is no Go. */
export async function buildDaprPart(order: DaprOrder, say: (progress: string) => void): Promise<boolean> {
  const go = findProgram("go", ["/usr/local/go/bin", "/opt/homebrew/bin"]);
  if (!go) return false;
  const scratch = mkdtempSync(join(order.folder, "build-"));
  const began = Date.now();
  let packages = 0;
  const report = () =>
    say(
      `building Dapr's ${order.part} ${order.version} (minutes, the first time): ${minutes(began)}, ${packages} packages`,
    );
  const ticker = setInterval(report, 10_000);
  try {
    report();
    const { code, output } = await run(
      go,
      ["install", "-v", "-trimpath", ...recipes[order.part](order.version)],
      {
        cwd: join(repository, "dapr", order.part),
        env: { ...process.env, GOBIN: scratch, CGO_ENABLED: "0" },
        onLine: () => {
          packages += 1;
        },
      },
    );
    if (code !== 0) throw buildFailure(order, output);
    moveInto(order, scratch);
    return true;
  } finally {
    clearInterval(ticker);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function moveInto(order: DaprOrder, scratch: string): void {
  for (const program of daprParts[order.part].programs) {
    // The CLI's module is called cli, and so is what Go makes of it.
    const built = existsSync(join(scratch, program)) ? program : "cli";
    renameSync(join(scratch, built), join(order.folder, program));
  }
}

function buildFailure(order: DaprOrder, output: string): ShopFailure {
  return new ShopFailure(
    `Go could not build Dapr's ${order.part} ${order.version}.`,
    `Mend that and run npm start again, or install Dapr ${order.version} yourself.`,
    lastLines(output, 8),
  );
}

function minutes(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
