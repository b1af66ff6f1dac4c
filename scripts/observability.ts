import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { OptionalPart, Whereabouts } from "../services/monitoring/src/optional-parts.ts";
import type { StateFolder } from "./state-folder.ts";

/** Prometheus, Alertmanager and Zipkin look on; `SOCKSHOP_OBSERVABILITY=off` does without them. */
export const wantsObservability = (env: NodeJS.ProcessEnv) => env.SOCKSHOP_OBSERVABILITY !== "off";

export const switchedOff: Whereabouts = {
  why: "The shop was started with SOCKSHOP_OBSERVABILITY=off.",
  whatToDo: "Start it without that setting.",
};

/** What is known of the optional parts of this start, for the summary. */
export function toldOf(state: StateFolder): Partial<Record<OptionalPart, Whereabouts>> {
  return existsSync(state.optionalPartsFile) ? JSON.parse(readFileSync(state.optionalPartsFile, "utf8")) : {};
}

/** Tells Monitoring (and so the console) where an optional part is, how far its coming is, or why it stays away. */
export function tell(state: StateFolder, part: OptionalPart, where: Whereabouts): void {
  const file = state.optionalPartsFile;
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...toldOf(state), [part]: where }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
