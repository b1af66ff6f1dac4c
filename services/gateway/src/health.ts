import { answersWithin, type Database } from "@sockshop/platform/database.ts";
import { Problem } from "@sockshop/platform/problem.ts";
import { remembered } from "@sockshop/platform/remembered.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import type { RequestHandler } from "express";

const askWithinMs = 2_000;
const rememberMs = 1_000;

export type HealthParts = {
  database: Database;
  sidecar: Pick<Sidecar, "invoke" | "healthy">;
  /** The services that must be ready before the shop is. */
  appIds: readonly string[];
};

/** Answers 200 only when every service the shop needs can serve; otherwise a 503 problem that names what is missing. */
export function healthRoute(parts: HealthParts): RequestHandler {
  // No limit of requests counts these: a crowd of probes costs no more than one.
  const whatIsMissing = remembered(rememberMs, () => findMissing(parts));
  return async (_req, res) => {
    const missing = await whatIsMissing();
    res.setHeader("cache-control", "no-store");
    if (missing.length > 0) throw notReady(missing);
    res.json({ status: "ready", services: ["gateway", ...parts.appIds] });
  };
}

async function findMissing({ database, sidecar, appIds }: HealthParts): Promise<string[]> {
  const checks: [string, Promise<boolean>][] = [
    ["gateway database", answersWithin(database, askWithinMs)],
    ["gateway sidecar", sidecar.healthy()],
    ...appIds.map((appId): [string, Promise<boolean>] => [appId, isReady(sidecar, appId)]),
  ];
  const answers = await Promise.all(checks.map(async ([name, check]) => ((await check) ? [] : [name])));
  return answers.flat();
}

async function isReady(sidecar: HealthParts["sidecar"], appId: string): Promise<boolean> {
  const response = await sidecar
    .invoke(appId, "GET", "/readyz", { timeoutMs: askWithinMs })
    .catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

const notReady = (missing: string[]) =>
  new Problem(503, "not-ready", `Not ready yet: ${missing.join(", ")}.`, {
    extra: { missing },
    headers: { "retry-after": "2" },
  });
