import type { Database } from "@sockshop/platform/database.ts";
import { addGauge, type Metrics } from "@sockshop/platform/metrics.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import {
  type Infrastructure,
  infrastructureId,
  lookAtInfrastructure,
  lostDatabase,
} from "./infrastructure.ts";
import { type Answer, ask, type Finding, readAnswer } from "./probe.ts";
import { recordFindings, recordOutage, recoveredParts } from "./service-states.ts";
import type { Sight } from "./sight.ts";

type Parts = {
  database: Database;
  sidecar: Sidecar;
  watchedApps: readonly string[];
  infrastructure: Infrastructure;
  metrics: Metrics;
  sight: Sight;
  ownId: string;
};

/** What was seen since this process began. */
export type Watch = {
  since: Date;
  /** `<app-id>/<part>` of everything that was up at some time. */
  seenUp: ReadonlySet<string>;
  /** Looks at every service once; resolves with whether what was found may be judged. */
  look: () => Promise<boolean>;
};

export function watchServices(parts: Parts): Watch {
  const { database, sidecar, watchedApps, infrastructure, sight, ownId } = parts;
  const tellPrometheus = upGauge(parts.metrics);
  const seenUp = new Set<string>();
  const look = async () => {
    const [answers, under] = await Promise.all([
      Promise.all(watchedApps.map(async (appId) => [appId, await ask(sidecar, appId)] as const)),
      lookAtInfrastructure(database, infrastructure),
    ]);
    const isBlind = under.some(({ part, status }) => part === "postgresql" && status !== "up");
    const blindSince = sight.blindSince();
    if (blindSince && !isBlind) await recordOutage(database, lostDatabase, blindSince);
    sight.look(!isBlind);
    // Services that wait for the same database keep silent, too; what is to be blamed for that is known.
    if (isBlind) {
      tellPrometheus(under);
      return false;
    }
    // Silence all round is our own sidecar's: services do not all fall silent at once.
    const ownSidecar = answers.some(([, answer]) => answer.kind === "answered");
    const findings = answers.flatMap(([appId, answer]) =>
      readAnswer(appId, ownSidecar ? answer : { kind: "unasked" }),
    );
    const seen = findings.flatMap((finding) => ownFinding(finding, ownId, ownSidecar));
    await recordFindings(database, [...seen, ...under, ...(await onlyUnnamed(database, seen))]);
    tellPrometheus([...seen, ...under]);
    for (const { appId, part, status } of [...seen, ...under])
      if (status === "up") seenUp.add(`${appId}/${part}`);
    return ownSidecar && answers.every(([appId, answer]) => appId !== ownId || !isDraining(answer));
  };
  return { since: new Date(), seenUp, look };
}

/** So that its rules need not find out again what is down. */
function upGauge(metrics: Metrics): (seen: Finding[]) => void {
  const gauge = addGauge(metrics, "watched_part_up", {
    help: "Whether Monitoring saw it up (1) or down (0) when it last looked",
    labelNames: ["app", "part"],
  });
  return (seen) => {
    gauge.reset();
    for (const { appId, part, status } of seen) {
      // Placement, scheduler and the like go by their own names.
      const app = appId === infrastructureId ? part : appId;
      if (status === "up" || status === "down") gauge.set({ app, part }, status === "up" ? 1 : 0);
    }
  };
}

/**
 * Of ourselves we know without asking: whoever looks is up, and so is the sidecar that brings others' answers, however late
 * ours is. When it brings none, it is away.
 */
export function ownFinding(finding: Finding, ownId: string, ownSidecar: boolean): Finding[] {
  if (finding.appId !== ownId) return [finding];
  if (ownSidecar) return finding.status === "down" || finding.status === "unknown" ? [] : [finding];
  if (finding.part === "sidecar") return [{ ...finding, status: "down", detail: "It does not answer." }];
  if (finding.part === "service") return [{ ...finding, status: "not-ready", detail: "It lacks: sidecar." }];
  return [{ ...finding, status: "up" }];
}

async function onlyUnnamed(database: Database, seen: Finding[]): Promise<Finding[]> {
  const answered = seen.filter(
    ({ part, status }) => part === "service" && status !== "down" && status !== "unknown",
  );
  const named = new Set(seen.map(({ appId, part }) => `${appId}/${part}`));
  const once = await recoveredParts(
    database,
    answered.map(({ appId }) => appId),
  );
  return once.filter(({ appId, part }) => !named.has(`${appId}/${part}`));
}

/** A shop that is being stopped goes down part by part, and nobody should be alarmed. */
const isDraining = (answer: Answer) =>
  answer.kind === "answered" &&
  (answer.body as { missing?: string[] } | undefined)?.missing?.includes("draining");
