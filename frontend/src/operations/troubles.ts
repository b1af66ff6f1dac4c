import type { PartStatus, WatchedServices } from "@sockshop/contracts/monitoring.ts";
import { infrastructureNames } from "./part-status.ts";

export type Trouble = { name: string; status: PartStatus };

/** Whatever is not up, the worst first; of a service that is down its parts are not told, since they cannot be asked. */
export function troubles({ items, infrastructure }: WatchedServices): Trouble[] {
  const found = items.flatMap((service): Trouble[] => {
    const itself = service.status === "up" ? [] : [{ name: service.appId, status: service.status }];
    const parts = service.parts
      .filter(({ status }) => status !== "up" && status !== "unknown")
      .map(({ part, status }) => ({ name: `${service.appId}'s ${part}`, status }));
    return [...itself, ...parts];
  });
  const beside = infrastructure.filter(({ status }) => status !== "up" && status !== "absent");
  found.push(...beside.map(({ name, status }) => ({ name: infrastructureNames[name], status })));
  return found.toSorted((a, b) => Number(b.status === "down") - Number(a.status === "down"));
}
