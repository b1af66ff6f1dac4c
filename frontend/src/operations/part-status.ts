import type { InfrastructurePart, PartStatus } from "@sockshop/contracts/monitoring.ts";

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
  absent: "",
};
export const infrastructureNames: Record<InfrastructurePart["name"], string> = {
  postgresql: "PostgreSQL",
  redis: "Redis",
  placement: "Placement",
  scheduler: "Scheduler",
  prometheus: "Prometheus",
  alertmanager: "Alertmanager",
  zipkin: "Zipkin",
};
