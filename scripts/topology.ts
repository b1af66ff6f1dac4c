import { ShopFailure } from "./failure.ts";

/** Every service, with its own port and its database; a service's place in this list numbers its Dapr ports. */
const services = [
  { id: "gateway", port: 8080, database: "gateway" },
  { id: "catalog", port: 3001, database: "catalog" },
  { id: "cart", port: 3002, database: "cart" },
  { id: "order", port: 3003, database: "orders" },
  { id: "payment", port: 3004, database: "payment" },
  { id: "rating", port: 3005, database: "rating" },
  { id: "logging", port: 3006, database: "logging" },
  { id: "monitoring", port: 3007, database: "monitoring" },
] as const;

const supporting = {
  POSTGRES_PORT: 5433,
  REDIS_PORT: 6380,
  PLACEMENT_PORT: 50005,
  PLACEMENT_RAFT_PORT: 9520,
  PLACEMENT_HEALTH_PORT: 9521,
  PLACEMENT_METRICS_PORT: 9522,
  SCHEDULER_PORT: 50006,
  SCHEDULER_ETCD_PORT: 9530,
  SCHEDULER_ETCD_PEER_PORT: 9531,
  SCHEDULER_HEALTH_PORT: 9532,
  SCHEDULER_METRICS_PORT: 9533,
  // Not its usual 50001, which is also where a sidecar of somebody else's listens by default.
  SENTRY_PORT: 50007,
  SENTRY_HEALTH_PORT: 9541,
  SENTRY_METRICS_PORT: 9542,
  ZIPKIN_PORT: 9411,
  PROMETHEUS_PORT: 9090,
  ALERTMANAGER_PORT: 9093,
} as const;

const highestOffset = 65535 - Math.max(...Object.values(supporting));

export type SupportingPort = keyof typeof supporting;
export type ServiceId = (typeof services)[number]["id"];

export interface Service {
  id: ServiceId;
  database: string;
  port: number;
  daprHttpPort: number;
  daprGrpcPort: number;
  daprInternalPort: number;
  daprMetricsPort: number;
}

/** One port, who wants it, and the variable that moves it. */
export interface PortClaim {
  port: number;
  wantedBy: string;
  variable: string;
}

export interface Topology {
  services: Service[];
  supporting: Record<SupportingPort, number>;
  claims: PortClaim[];
}

/** Where everything listens: the defaults, moved by SOCKSHOP_PORT_OFFSET, or set one by one by their variables. */
export function readTopology(env: Record<string, string | undefined>): Topology {
  const offset = readNumber(env, "SOCKSHOP_PORT_OFFSET") ?? 0;
  const claims: PortClaim[] = [];
  const claim = (wantedBy: string, variable: string, standard: number): number => {
    const port = readNumber(env, variable) ?? standard + offset;
    if (port < 1 || port > 65535) {
      throw new ShopFailure(
        `${wantedBy} cannot listen on port ${port}.`,
        `Set ${variable} to a port from 1 to 65535, or SOCKSHOP_PORT_OFFSET to at most ${highestOffset}.`,
      );
    }
    claims.push({ port, wantedBy, variable });
    return port;
  };
  const placed = services.map((service, index) => {
    const prefix = service.id.toUpperCase();
    return {
      id: service.id,
      database: service.database,
      port: claim(`the ${service.id} service`, `${prefix}_PORT`, service.port),
      daprHttpPort: claim(`${service.id}'s sidecar`, `${prefix}_DAPR_HTTP_PORT`, 3500 + index),
      daprGrpcPort: claim(`${service.id}'s sidecar (gRPC)`, `${prefix}_DAPR_GRPC_PORT`, 4500 + index),
      daprInternalPort: claim(
        `${service.id}'s sidecar (internal gRPC)`,
        `${prefix}_DAPR_INTERNAL_PORT`,
        6500 + index,
      ),
      daprMetricsPort: claim(
        `${service.id}'s sidecar (metrics)`,
        `${prefix}_DAPR_METRICS_PORT`,
        9500 + index,
      ),
    };
  });
  const supportingPorts = Object.entries(supporting).map(([variable, standard]) => {
    const [name = "", ...purpose] = variable.toLowerCase().replace("_port", "").split("_");
    const wantedBy =
      name[0]?.toUpperCase() + name.slice(1) + (purpose.length > 0 ? ` (${purpose.join(" ")})` : "");
    return [variable, claim(wantedBy, variable, standard)];
  });
  refuseDoubles(claims);
  return { services: placed, supporting: Object.fromEntries(supportingPorts), claims };
}

function readNumber(env: Record<string, string | undefined>, variable: string): number | undefined {
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  throw new ShopFailure(
    `${variable} is "${text}", which is not a whole number.`,
    `Set ${variable} to a number, or unset it.`,
  );
}

function refuseDoubles(claims: PortClaim[]): void {
  const seen = new Map<number, PortClaim>();
  for (const claim of claims) {
    const earlier = seen.get(claim.port);
    if (earlier) {
      throw new ShopFailure(
        `Port ${claim.port} is asked for twice: by ${earlier.wantedBy} and by ${claim.wantedBy}.`,
        `Give one of them another port with ${earlier.variable} or ${claim.variable}.`,
      );
    }
    seen.set(claim.port, claim);
  }
}
