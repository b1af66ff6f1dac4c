import type { InfrastructurePart, StateChange } from "@sockshop/contracts/monitoring.ts";
import { infrastructureNames, statusLabels } from "./part-status.ts";

/** `words` say what was before, why, and how the other parts are that changed with it. */
export type ChangeGroup = { name: string; change: StateChange; words: string };

/** What changed at one look at one service, as one; the first look at a part is no change. */
export function changeGroups(changes: StateChange[]): ChangeGroup[] {
  const told = changes.filter(({ was, restarted }) => was || restarted);
  const groups = Map.groupBy(told, ({ at, appId, part }) =>
    appId === "infrastructure" ? `${at} ${part}` : `${at} ${appId}`,
  );
  return [...groups.values()].flatMap((same) => {
    const change = same.find(({ part }) => part === "service") ?? same[0];
    if (!change) return [];
    const others = same.filter((other) => other !== change);
    return [{ name: nameOf(change), change, words: inWords(change, others) }];
  });
}

function inWords({ restarted, was, detail }: StateChange, others: StateChange[]): string {
  const before = restarted ? ["was started again."] : was ? [`was ${statusLabels[was].toLowerCase()}.`] : [];
  const along = others.map(({ part, status }) => `${part}: ${statusLabels[status].toLowerCase()}`);
  return [
    ...before,
    ...(detail ? [detail] : []),
    ...(along.length > 0 ? [`With it ${along.join(", ")}.`] : []),
  ].join(" ");
}

function nameOf({ appId, part }: StateChange): string {
  if (appId === "infrastructure") return infrastructureNames[part as InfrastructurePart["name"]] ?? part;
  return part === "service" ? appId : `${appId}, ${part}`;
}
