import type { WatchedServices } from "@sockshop/contracts/monitoring.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { asInfrastructure, type Infrastructure, infrastructureId } from "./infrastructure.ts";
import { asServices, listChanges, listStates } from "./service-states.ts";

export type OverviewParts = {
  database: Database;
  watchedApps: readonly string[];
  infrastructure: Infrastructure;
};

/** How every service and what it stands on is, and what changed lately. */
export async function overview({
  database,
  watchedApps,
  infrastructure,
}: OverviewParts): Promise<Omit<WatchedServices, "sidecar">> {
  const [states, changes] = await Promise.all([
    listStates(database, [...watchedApps, infrastructureId]),
    listChanges(database),
  ]);
  const items = asServices(states);
  return {
    items,
    total: items.length,
    infrastructure: asInfrastructure(states, infrastructure.find),
    changes,
  };
}
