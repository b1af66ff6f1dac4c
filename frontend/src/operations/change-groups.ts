import type { InfrastructurePart, StateChange } from "@sockshop/contracts/monitoring.ts";
import { infrastructureNames } from "./part-status.ts";

export type ChangeGroup = { name: string; change: StateChange; others: StateChange[] };

/** What changed at one look at one service, as one; the first look at a part is no change. */
export function changeGroups(changes: StateChange[]): ChangeGroup[] {
  const told = changes.filter(({ was, restarted }) => was || restarted);
  const groups = Map.groupBy(told, ({ at, appId, part }) =>
    appId === "infrastructure" ? `${at} ${part}` : `${at} ${appId}`,
  );
  return [...groups.values()].flatMap((same) => {
    const change = same.find(({ part }) => part === "service") ?? same[0];
    if (!change) return [];
    return [{ name: nameOf(change), change, others: same.filter((other) => other !== change) }];
  });
}

function nameOf({ appId, part }: StateChange): string {
  if (appId === "infrastructure") return infrastructureNames[part as InfrastructurePart["name"]] ?? part;
  return part === "service" ? appId : `${appId}, ${part}`;
}
