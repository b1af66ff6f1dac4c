import type { StoredRecord } from "@sockshop/contracts/logging.ts";

/** `telling`: events, and lines that complain. */
export type TimelineShown = "all" | "events" | "telling";
export type TimelineStep = {
  item: StoredRecord;
  /** Milliseconds since the first record of all. */
  sinceMs: number;
  /** How long nothing happened before it, where that is long. */
  pauseMs?: number;
};

const longPauseMs = 5_000;

const complains = (item: StoredRecord) =>
  item.kind === "log" && (item.level === "warn" || item.level === "error" || item.level === "fatal");

function isShown(item: StoredRecord, { shown, service }: { shown: TimelineShown; service: string }): boolean {
  if (service && item.service !== service) return false;
  if (shown === "all" || item.kind === "event") return true;
  return shown === "telling" && complains(item);
}

/** What is shown of a timeline, with the time since its beginning and the pauses between. */
export function timelineSteps(
  items: readonly StoredRecord[],
  choice: { shown: TimelineShown; service: string },
): TimelineStep[] {
  const at = (item: StoredRecord | undefined) => (item ? new Date(item.time).getTime() : 0);
  const first = at(items[0]);
  const kept = items.filter((item) => isShown(item, choice));
  return kept.map((item, index) => {
    const pauseMs = index > 0 ? at(item) - at(kept[index - 1]) : 0;
    return { item, sinceMs: at(item) - first, ...(pauseMs >= longPauseMs && { pauseMs }) };
  });
}
