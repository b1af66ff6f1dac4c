/** What one service measured, of what it tells in Prometheus' text format. */
export type Measured = {
  requests: number;
  errors: number;
  /** Requests that took at most so many seconds, by the bound as it is written. */
  durations: Record<string, number>;
  outboxLag: number;
  inboxLag: number;
  parked: number;
  /** Whether a chain of records is whole; null where a service keeps none or has not looked yet. */
  chainIntact: boolean | null;
};

type Line = { name: string; labels: Record<string, string>; value: number };

/** Requests that are part of running the shop, or streams that stay open, say nothing of how visitors are served. */
const notVisits =
  /^\/(healthz|readyz|metrics|scrape|prometheus|alertmanager|dapr|internal|events)(\/|$)|\/(stream|events)$/;

/** Reads the text of one `/metrics`; what a service does not measure counts as 0. */
export function readMetrics(text: string): Measured {
  const lines = readLines(text);
  const sum = (name: string) =>
    lines.filter((line) => line.name === name).reduce((total, { value }) => total + value, 0);
  const visits = lines.filter(
    ({ name, labels }) =>
      name.startsWith("http_request_duration_seconds_") && !notVisits.test(labels.route ?? ""),
  );
  const counts = visits.filter(({ name }) => name.endsWith("_count"));
  const total = (some: Line[]) => some.reduce((all, { value }) => all + value, 0);
  const durations: Record<string, number> = {};
  for (const { name, labels, value } of visits)
    if (name.endsWith("_bucket") && labels.le) durations[labels.le] = (durations[labels.le] ?? 0) + value;
  return {
    requests: total(counts),
    errors: total(counts.filter(({ labels }) => labels.status?.startsWith("5"))),
    durations,
    outboxLag: sum("outbox_lag_events"),
    inboxLag: sum("inbox_lag_events"),
    parked: sum("parked_events"),
    chainIntact: flag(lines.find(({ name }) => name === "log_chain_intact")?.value),
  };
}

const flag = (value: number | undefined) => (value === undefined ? null : value === 1);

/** Every sample line of the text format. */
export const readLines = (text: string): Line[] => text.split("\n").flatMap(readLine);

function readLine(line: string): Line[] {
  const [, name, labels = "", number] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
  const value = Number(number);
  if (!name || !Number.isFinite(value)) return [];
  const pairs = [...labels.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)];
  return [{ name, labels: Object.fromEntries(pairs.map(([, label, text]) => [label, text])), value }];
}
