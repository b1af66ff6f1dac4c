import type { PartStatus } from "@sockshop/contracts/monitoring.ts";

export const statusLabels: Record<PartStatus, string> = {
  up: "Up",
  "not-ready": "Not ready",
  down: "Down",
  unknown: "Cannot be asked",
  absent: "Not there",
};
export const statusTags: Record<PartStatus, string> = {
  up: "tag-good",
  "not-ready": "tag-warn",
  down: "tag-bad",
  unknown: "tag-warn",
  absent: "tag-warn",
};
