import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "./runtime/secrets.ts";
import type { StateFolder } from "./state-folder.ts";

/** Files with one secret each, which only their owner can read. */
export interface TokenFiles {
  scrape: string;
  alerts: string;
}

/** The two secrets, each in a file of its own: Prometheus may read metrics, Alertmanager may tell of alerts. */
export function writeTokens(state: StateFolder, secrets: Secrets): TokenFiles {
  const write = (folder: string, name: string) => {
    const file = join(folder, name);
    writeFileSync(file, secrets.of(name), { mode: 0o600 });
    chmodSync(file, 0o600);
    return file;
  };
  return {
    scrape: write(state.prometheus, "scrape-token"),
    alerts: write(state.alertmanager, "alerts-token"),
  };
}
