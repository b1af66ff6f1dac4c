import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { portOffset } from "./port-offset.ts";

/** Where nobody listens until a test does. */
export const ownTargetPort = 9099 + portOffset;

/** Prometheus watches what a file in it names. */
export const targetsFolder = (stateDir: string) => join(stateDir, "prometheus", "targets");

/**
 * Names something of an operator's own that Prometheus watches beside the shop, by a file in its folder of targets.
 * Told when the shop starts, since it takes the better part of a minute until a failing target becomes an alert.
 */
export function nameOwnTarget(stateDir: string, host = "127.0.0.1"): void {
  const targets = targetsFolder(stateDir);
  mkdirSync(targets, { recursive: true });
  writeFileSync(join(targets, "own.yaml"), JSON.stringify([{ targets: [`${host}:${ownTargetPort}`] }]));
}
