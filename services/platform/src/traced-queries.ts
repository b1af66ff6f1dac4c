import type pg from "pg";
import { statementSummary } from "./span-names.ts";
import { beginSpan, markFailed, SpanKind } from "./tracing.ts";

const longestText = 1_000;

type Query = (...args: unknown[]) => unknown;

/** Has every statement of a pool told as a span: its text as it stands in the code, never its parameters. */
export function traceQueries(pool: pg.Pool): pg.Pool {
  traceOn(pool as unknown as { query: Query });
  // A pool's own call of its clients has a callback, and is told already.
  pool.on("connect", (client) => traceOn(client as unknown as { query: Query }));
  return pool;
}

function traceOn(target: { query: Query }): void {
  const query = target.query.bind(target);
  target.query = (...args) => {
    const text = textOf(args[0]);
    if (text === undefined || text === "begin" || typeof args.at(-1) === "function") return query(...args);
    const span = beginSpan(statementSummary(text), { kind: SpanKind.CLIENT });
    if (!span) return query(...args);
    span.setAttributes({
      "peer.service": "postgresql",
      "db.system.name": "postgresql",
      "db.query.text": text.replace(/\s+/g, " ").trim().slice(0, longestText),
    });
    return (query(...args) as Promise<unknown>)
      .catch((error: unknown) => {
        markFailed(span, error);
        throw error;
      })
      .finally(() => span.end());
  };
}

const textOf = (query: unknown): string | undefined => {
  if (typeof query === "string") return query;
  // What submits itself, as cursors do, answers by other means than a promise.
  const { text, submit } = (query ?? {}) as { text?: unknown; submit?: unknown };
  return typeof text === "string" && submit === undefined ? text : undefined;
};
