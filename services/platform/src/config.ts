import { z } from "zod";

const port = z.coerce.number().int().min(1).max(65_535);
const publicKey = z.string().transform((value, context) => {
  try {
    return JSON.parse(value) as Record<string, string>;
  } catch {
    context.addIssue({ code: "custom", message: "must be a JSON Web Key" });
    return z.NEVER;
  }
});

const settings = z.object({
  APP_ID: z.string().min(1),
  APP_HOST: z.string().default("127.0.0.1"),
  APP_PORT: port,
  DAPR_HTTP_PORT: port,
  DAPR_GRPC_PORT: port,
  DAPR_API_TOKEN: z.string().min(1),
  APP_API_TOKEN: z.string().min(1),
  DATABASE_URL: z.url(),
  IDENTITY_PUBLIC_KEY: publicKey,
  ZIPKIN_URL: z
    .literal("")
    .or(z.url({ protocol: /^https?$/ }))
    .default(""),
  TRACE_SAMPLING: z.literal("").or(z.coerce.number().min(0).max(1)).default(""),
  METRICS_TOKEN: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  LOG_SHIPPING: z.enum(["on", "off"]).default("on"),
});

/** What every service is told by its environment. */
export type Config = {
  appId: string;
  host: string;
  port: number;
  /** The token that only this app's sidecar knows; calls without it are refused. */
  appApiToken: string;
  dapr: { httpPort: number; grpcPort: number; apiToken: string };
  databaseUrl: string;
  identityPublicKey: Record<string, string>;
  /** With it a Prometheus that reaches each instance itself may read metrics, and nothing else. */
  metricsToken?: string | undefined;
  logLevel: string;
  /** Whether log lines go to the log store, beside standard output. */
  shipsLogs: boolean;
  tracing: TracingSettings;
};

export type TracingSettings = {
  /** Where spans are sent to; nowhere unless set. */
  zipkinUrl: string | undefined;
  /** The share of requests that the gateway has traced, from 0 to 1: all of them where there is a Zipkin. */
  sampling: number;
};

/** Thrown with one line for each wrong or missing variable. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Parses the environment once; `own` adds a service's own variables, returned under `own` by their names. */
export function readConfig<Own extends z.ZodRawShape = Record<never, never>>(
  env: Record<string, string | undefined>,
  own?: Own,
): Config & { own: z.infer<z.ZodObject<Own>> } {
  const all = parseEnvironment(settings, env);
  const extra = parseEnvironment(z.object(own ?? ({} as Own)), env);
  return {
    appId: all.APP_ID,
    host: all.APP_HOST,
    port: all.APP_PORT,
    appApiToken: all.APP_API_TOKEN,
    dapr: { httpPort: all.DAPR_HTTP_PORT, grpcPort: all.DAPR_GRPC_PORT, apiToken: all.DAPR_API_TOKEN },
    databaseUrl: all.DATABASE_URL,
    identityPublicKey: all.IDENTITY_PUBLIC_KEY,
    metricsToken: all.METRICS_TOKEN,
    logLevel: all.LOG_LEVEL,
    shipsLogs: all.LOG_SHIPPING === "on",
    tracing: tracingSettings(all.ZIPKIN_URL.replace(/\/+$/, ""), all.TRACE_SAMPLING),
    own: extra,
  };
}

function tracingSettings(zipkinUrl: string, sampling: number | ""): TracingSettings {
  if (!zipkinUrl) return { zipkinUrl: undefined, sampling: 0 };
  return { zipkinUrl, sampling: sampling === "" ? 1 : sampling };
}

function parseEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  env: Record<string, string | undefined>,
): z.infer<Schema> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new ConfigError(
    `The environment of this service is not complete:\n${lines.join("\n")}\n\`npm start\` sets all of these.`,
  );
}
