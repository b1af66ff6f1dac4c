import type { CloudEvent } from "@sockshop/contracts/event.ts";
import type { Problem as ProblemDocument } from "@sockshop/contracts/problem.ts";
import type { z } from "zod";
import type { Config } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import { Problem, unavailable } from "./problem.ts";
import { splitQuery } from "./query-header.ts";
import { currentContext } from "./request-context.ts";
import { pathPattern } from "./span-names.ts";
import { inSpan, SpanKind } from "./tracing.ts";

export type InvokeOptions = {
  body?: unknown;
  headers?: Record<string, string>;
  /** Milliseconds until the call is given up as unavailable; 10,000 unless said otherwise. */
  timeoutMs?: number;
};

/** The one way out of a service: its own sidecar. */
export type Sidecar = {
  /** The sidecar's base address, for callers that stream. */
  url: string;
  headers: Record<string, string>;
  /** Calls another app by its id; resolves with whatever that app answered, throws a 503 problem when it could not be reached. */
  invoke: (appId: string, method: string, path: string, options?: InvokeOptions) => Promise<Response>;
  /** The same, parsed; an answer that is not 2xx is thrown as the problem it carries. */
  call: <Schema extends z.ZodType>(
    appId: string,
    method: string,
    path: string,
    schema: Schema,
    options?: InvokeOptions,
  ) => Promise<z.output<Schema>>;
  /** Publishes in the order given; throws unless the broker took every one. */
  publish: (topic: string, events: CloudEvent[]) => Promise<void>;
  /** Whether the sidecar is up and ready to invoke and publish. */
  healthy: () => Promise<boolean>;
};

const pubsub = "pubsub";

export type SidecarMetrics = Pick<Metrics, "sidecarCalls" | "eventsPublished">;
const upkeep = /^\/(readyz|metrics|internal\/(events|sidecar))(\?|$)/;

/** Counts one call of another service; without a status it was not answered. */
export function countCall(
  metrics: SidecarMetrics | undefined,
  { appId, path }: { appId: string; path: string },
  status = 503,
): void {
  const outcome = status >= 500 ? "failed" : status >= 400 ? "refused" : "ok";
  metrics?.sidecarCalls.inc({ target: appId, outcome, purpose: upkeep.test(path) ? "upkeep" : "work" });
}

/** fetch keeps connections alive on Node and Deno, so that one client a service is enough. */
export function connectSidecar(dapr: Config["dapr"], metrics?: SidecarMetrics): Sidecar {
  const url = `http://127.0.0.1:${dapr.httpPort}`;
  const headers = { "dapr-api-token": dapr.apiToken };
  const invoke: Sidecar["invoke"] = async (appId, method, path, options = {}) => {
    try {
      const response = await invokeApp({ url, headers }, { appId, method, path }, options);
      countCall(metrics, { appId, path }, response.status);
      return response;
    } catch (error) {
      countCall(metrics, { appId, path });
      throw error;
    }
  };
  return {
    url,
    headers,
    invoke,
    async call(appId, method, path, schema, options) {
      const response = await invoke(appId, method, path, options);
      const body: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw problemFrom(appId, response, body);
      // Services answer with JSON; what is not was cut off on its way.
      if (body === undefined) throw unavailable(`The ${appId} service`);
      return schema.parse(body);
    },
    async publish(topic, events) {
      await publishBulk({ url, headers }, topic, events);
      metrics?.eventsPublished.inc({ topic }, events.length);
    },
    async healthy() {
      const response = await send("The sidecar", `${url}/v1.0/healthz`, {
        headers,
        signal: AbortSignal.timeout(2_000),
      }).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 204;
    },
  };
}

type Connection = { url: string; headers: Record<string, string> };

type Target = { appId: string; method: string; path: string };

function invokeApp(connection: Connection, target: Target, options: InvokeOptions): Promise<Response> {
  const { appId, method, path } = target;
  const attributes = { "peer.service": appId, "http.request.method": method, "rpc.system": "dapr" };
  return inSpan(
    `${method} ${appId}${pathPattern(path)}`,
    { kind: SpanKind.CLIENT, attributes },
    async (span) => {
      const response = await sendTo(connection, target, options);
      span?.setAttribute("http.response.status_code", response.status);
      return response;
    },
  );
}

async function sendTo(connection: Connection, target: Target, options: InvokeOptions): Promise<Response> {
  const context = currentContext();
  const [path, query] = splitQuery(target.path);
  const response = await send(
    `The ${target.appId} service`,
    `${connection.url}/v1.0/invoke/${target.appId}/method${path}`,
    {
      method: target.method,
      headers: {
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...(context && { traceparent: context.traceparent, "x-request-id": context.requestId }),
        ...options.headers,
        ...query,
        ...connection.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    },
  );
  if (await isFromSidecar(response)) {
    await response.body?.cancel();
    throw unavailable(`The ${target.appId} service`);
  }
  return response;
}

/** Whether the answer is the sidecar's own failure to reach the app, and not the app's. */
export async function isFromSidecar(response: Response): Promise<boolean> {
  if (response.status < 500 && response.status !== 403) return false;
  if (!response.headers.get("content-type")?.startsWith("application/json")) return false;
  const body = (await response
    .clone()
    .json()
    .catch(() => ({}))) as { errorCode?: string };
  return typeof body.errorCode === "string" && body.errorCode.startsWith("ERR_");
}

async function publishBulk(connection: Connection, topic: string, events: CloudEvent[]): Promise<void> {
  const entries = events.map((event) => ({
    entryId: String(event.position),
    event,
    contentType: "application/cloudevents+json",
  }));
  const response = await send("The broker", `${connection.url}/v1.0/publish/bulk/${pubsub}/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...connection.headers },
    body: JSON.stringify(entries),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`publishing to ${topic} was answered ${response.status}: ${text.slice(0, 300)}`);
}

async function send(what: string, address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch {
    // Refused, reset, or timed out: from outside it is one thing, and the caller may try again.
    throw unavailable(what);
  }
}

/** A service's fault is to its caller a service that is away; a refusal is passed on, written anew for the address that was asked. */
function problemFrom(appId: string, response: Response, body: unknown): Problem {
  const retryAfter = response.headers.get("retry-after");
  if (response.status >= 500) return unavailable(`The ${appId} service`, Number(retryAfter) || undefined);
  const { type, detail, title, status, instance, ...extra } = (body ?? {}) as Partial<ProblemDocument>;
  const name = type?.replace("urn:sockshop:problem:", "") ?? "refused";
  return new Problem(response.status, name, detail ?? `The ${appId} service answered ${response.status}.`, {
    extra,
    headers: retryAfter ? { "retry-after": retryAfter } : {},
  });
}
