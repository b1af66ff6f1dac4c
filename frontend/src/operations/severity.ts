import type { Alert, AlertSeverity } from "@sockshop/contracts/monitoring.ts";

const order: Record<AlertSeverity, number> = { critical: 0, warning: 1, info: 2 };

export const severityLabels: Record<AlertSeverity, string> = {
  critical: "Critical",
  warning: "Warning",
  info: "For information",
};
export const severityTags: Record<AlertSeverity, string> = {
  critical: "tag-bad",
  warning: "tag-warn",
  info: "",
};

/** The worst first; of one severity what nobody looks after yet, and the latest. */
export const bySeverity = (alerts: readonly Alert[]): Alert[] =>
  alerts.toSorted(
    (a, b) =>
      order[a.severity] - order[b.severity] ||
      Number(a.status === "acknowledged") - Number(b.status === "acknowledged") ||
      b.raisedAt.localeCompare(a.raisedAt),
  );
