const identifier = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d+)$/i;

/** A path without its query, and with `:id` in the place of ids, so that names stay few and say nothing of anybody. */
export const pathPattern = (path: string): string =>
  (path.split("?")[0] ?? "")
    .split("/")
    .map((segment) => (identifier.test(segment) ? ":id" : segment))
    .join("/");

const summaries = new Map<string, string>();
const mostSummaries = 2_000;

/** What a statement does to which table, such as `select orders`. */
export function statementSummary(sql: string): string {
  const known = summaries.get(sql);
  if (known) return known;
  const verb = /^\s*(\w+)/.exec(sql)?.[1] ?? "query";
  const table = /\b(?:from|into|(?<!for\s)update)\s+(?:only\s+)?"?([a-z_][\w.]*)/i.exec(sql)?.[1];
  const summary = [verb, table].filter(Boolean).join(" ").toLowerCase();
  if (summaries.size < mostSummaries) summaries.set(sql, summary);
  return summary;
}
