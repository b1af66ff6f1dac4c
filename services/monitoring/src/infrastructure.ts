import { connect } from "node:net";
import type { InfrastructurePart } from "@sockshop/contracts/monitoring.ts";
import { answersWithin, type Database } from "@sockshop/platform/database.ts";
import { type OptionalPart, optionalParts, type Whereabouts } from "./optional-parts.ts";
import type { Finding } from "./probe.ts";
import { type PartState, stateOf } from "./service-states.ts";

/** Stands for an app-id where the state of something is kept that is no service's. */
export const infrastructureId = "infrastructure";

export type Infrastructure = {
  /** `host:port`; no password is needed to see that it lives. */
  redisAddress: string | undefined;
  placementHealthUrl: string | undefined;
  schedulerHealthUrl: string | undefined;
  find: (part: OptionalPart) => Whereabouts;
};
type Part = InfrastructurePart["name"];
type Seen = Pick<Finding, "status" | "detail">;

const patienceMs = 1_500;
const databasePatienceMs = 3_000;
const readyPaths: Record<OptionalPart, string> = {
  prometheus: "/-/ready",
  alertmanager: "/-/ready",
  zipkin: "/health",
};

/** Looks at everything that the services stand on, and what stands beside them; never throws. */
export async function lookAtInfrastructure(database: Database, parts: Infrastructure): Promise<Finding[]> {
  const { redisAddress, placementHealthUrl, schedulerHealthUrl } = parts;
  const looks: [Part, Promise<Seen> | undefined][] = [
    ["postgresql", askDatabase(database)],
    ["redis", redisAddress === undefined ? undefined : askTwice(() => askRedis(redisAddress))],
    ["placement", placementHealthUrl === undefined ? undefined : askTwice(() => askHttp(placementHealthUrl))],
    ["scheduler", schedulerHealthUrl === undefined ? undefined : askTwice(() => askHttp(schedulerHealthUrl))],
    ...optionalParts.map((part): [Part, Promise<Seen>] => [part, askOptional(part, parts.find(part))]),
  ];
  return Promise.all(
    looks.flatMap(([part, look]) =>
      look ? [look.then((seen) => ({ appId: infrastructureId, part, ...seen }))] : [],
    ),
  );
}

const silent = { status: "down", detail: "It does not answer." } as const;

/** What Monitoring cannot store while it is so. */
export const lostDatabase: Finding = { appId: infrastructureId, part: "postgresql", ...silent };

/** What keeps silent is asked again: one late answer is a busy machine's. */
async function askTwice(look: () => Promise<Seen>): Promise<Seen> {
  const seen = await look();
  return seen.status === "down" ? look() : seen;
}

/** Our own database stands for the server: services tell of theirs. */
async function askDatabase(database: Database): Promise<Seen> {
  return (await answersWithin(database, databasePatienceMs)) ? { status: "up" } : silent;
}

/** A Redis that wants a password refuses a PING, and lives. */
function askRedis(address: string): Promise<Seen> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    const settle = (seen: Seen) => {
      socket.destroy();
      resolve(seen);
    };
    socket.setTimeout(patienceMs, () => settle(silent));
    socket.once("error", () => settle(silent));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (answer) => {
      const text = answer.toString();
      const lives = text.startsWith("+PONG") || text.startsWith("-NOAUTH");
      settle(lives ? { status: "up" } : { status: "not-ready", detail: text.slice(1, 80).trim() });
    });
  });
}

async function askHttp(url: string): Promise<Seen> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    await response.body?.cancel();
    return response.ok ? { status: "up" } : { status: "not-ready", detail: `It answers ${response.status}.` };
  } catch {
    return silent;
  }
}

async function askOptional(part: OptionalPart, where: Whereabouts): Promise<Seen> {
  if ("url" in where) return askTwice(() => askHttp(where.url.replace(/\/$/, "") + readyPaths[part]));
  if ("coming" in where) return { status: "not-ready", detail: where.coming };
  return { status: "absent", detail: where.why };
}

/** The parts as everybody sees them, with where to find them or what would bring them. */
export function asInfrastructure(states: PartState[], find: Infrastructure["find"]): InfrastructurePart[] {
  return states.flatMap((state) => {
    if (state.appId !== infrastructureId) return [];
    const name = state.part as Part;
    const where = optionalParts.some((part) => part === name) ? find(name as OptionalPart) : undefined;
    return [
      {
        name,
        ...stateOf(state),
        ...(where && "url" in where && { url: where.url }),
        ...(where && "why" in where && { missing: where }),
      },
    ];
  });
}
