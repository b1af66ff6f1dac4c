import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));
export const wrappers = join(repository, "scripts", "wrappers");

/** Where a shop keeps what it needs between starts; SOCKSHOP_STATE gives a second shop a folder of its own. */
export function openStateFolder(env: Record<string, string | undefined>) {
  const root = resolve(repository, env.SOCKSHOP_STATE || ".sockshop");
  const folders = {
    // What is obtained once serves every shop of this checkout.
    bin: join(repository, ".sockshop", "bin"),
    alertmanager: join(root, "alertmanager"),
    dapr: join(root, "dapr"),
    env: join(root, "env"),
    logs: join(root, "logs"),
    pids: join(root, "pids"),
    prometheus: join(root, "prometheus"),
    redis: join(root, "redis"),
    scheduler: join(root, "scheduler"),
    sentry: join(root, "sentry"),
  };
  for (const folder of Object.values(folders))
    mkdirSync(folder, { recursive: true, ...(folder === folders.logs && { mode: 0o700 }) });
  return {
    root,
    ...folders,
    secretsFile: join(root, "secrets.json"),
    /** Where Monitoring reads what became of the parts that the shop can do without. */
    optionalPartsFile: join(root, "optional-parts.json"),
    log: (name: string) => join(folders.logs, `${name}.log`),
    pidFile: (name: string) => join(folders.pids, `${name}.pid`),
  };
}

export type StateFolder = ReturnType<typeof openStateFolder>;
