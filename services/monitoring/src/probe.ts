import type { PartStatus } from "@sockshop/contracts/monitoring.ts";
import type { Sidecar } from "@sockshop/platform/sidecar.ts";
import { z } from "zod";

/** How one part of one service was found to be. */
export type Finding = {
  appId: string;
  part: string;
  status: PartStatus;
  detail?: string;
  /** When the process began, where it said so. */
  startedAt?: string;
};

/** What came back from asking a service whether it is ready. */
export type Answer =
  | { kind: "answered"; status: number; body: unknown }
  /** Whoever was asked, the service or its sidecar, kept silent. */
  | { kind: "silence" }
  /** Our own sidecar is away, so that nobody can be asked. */
  | { kind: "unasked" };

const patienceMs = 1_800;

type Own = Pick<Sidecar, "url" | "headers">;

/**
 * Asks a service through both sidecars; never throws. It keeps silent when none of three calls is answered: calls go to its
 * instances in turn, and the last two at once, so that one instance that hangs is not enough.
 */
export async function ask(sidecar: Own, appId: string): Promise<Answer> {
  const answer = await askOnce(sidecar, appId);
  if (answer.kind !== "silence") return answer;
  const again = [1, 2].map(async () => {
    const late = await askOnce(sidecar, appId);
    if (late.kind === "silence") throw new Error("silence");
    return late;
  });
  return Promise.any(again).catch(() => answer);
}

async function askOnce(sidecar: Own, appId: string): Promise<Answer> {
  try {
    const response = await fetch(`${sidecar.url}/v1.0/invoke/${appId}/method/readyz`, {
      headers: sidecar.headers,
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.text();
    return { kind: "answered", status: response.status, body: parsed(text) };
  } catch (error) {
    return { kind: (error as Error).name === "TimeoutError" ? "silence" : "unasked" };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readiness = z.object({
  status: z.enum(["ready", "not ready"]),
  startedAt: z.string().optional(),
  missing: z.array(z.string()).default([]),
});
const daprError = z.object({ errorCode: z.string().startsWith("ERR_"), message: z.string() });

/** What an answer says of the service, its sidecar and its database. */
export function readAnswer(appId: string, answer: Answer): Finding[] {
  const parts = (service: PartStatus, sidecar: PartStatus, detail: string): Finding[] => [
    { appId, part: "service", status: service, detail },
    { appId, part: "sidecar", status: sidecar, ...(sidecar === "down" && { detail }) },
    { appId, part: "database", status: "unknown" },
  ];
  if (answer.kind === "unasked")
    return parts("unknown", "unknown", "Monitoring's own sidecar is away, so nobody can be asked.");
  if (answer.kind === "silence") return parts("down", "unknown", "It keeps silent.");
  const ready = readiness.safeParse(answer.body);
  if (ready.success) return readyParts(appId, ready.data);
  const failure = daprError.safeParse(answer.body);
  if (!failure.success) return parts("down", "up", `It answers ${answer.status}.`);
  // The callee's sidecar says that its app does not answer; a sidecar that is away says nothing, and ours tells of it.
  if (/app channel|invoking app|invoke app/i.test(failure.data.message))
    return parts("down", "up", "Its sidecar cannot reach it.");
  return parts("unknown", "down", "Its sidecar cannot be reached.");
}

function readyParts(
  appId: string,
  { missing, startedAt }: { missing: string[]; startedAt?: string | undefined },
): Finding[] {
  const lacks = new Set(missing);
  const detail = missing.length > 0 ? { detail: `It lacks: ${missing.join(", ")}.` } : {};
  const status = missing.length > 0 ? "not-ready" : "up";
  const others = new Set([...missing.filter((name) => name !== "draining"), "sidecar", "database"]);
  return [
    { appId, part: "service", status, ...detail, ...(startedAt && { startedAt }) },
    ...[...others].map((part): Finding => ({ appId, part, status: lacks.has(part) ? "not-ready" : "up" })),
  ];
}
