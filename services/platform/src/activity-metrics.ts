import type { Metrics } from "./metrics.ts";

/** Activities by their names, as a workflow host takes them. */
type Activities = Record<string, (input: never) => Promise<unknown>>;

/** Measures how long each run of an activity took and how it ended: by its outcome where that is a word, or by a `fault`. */
export function measureActivities<Steps extends Activities>(metrics: Metrics, activities: Steps): Steps {
  const measured = Object.entries(activities).map(([activity, run]) => [
    activity,
    async (input: never) => {
      const end = metrics.activityDuration.startTimer({ activity });
      try {
        const outcome = await run(input);
        end({ outcome: typeof outcome === "string" ? outcome : "done" });
        return outcome;
      } catch (fault) {
        end({ outcome: "fault" });
        throw fault;
      }
    },
  ]);
  return Object.fromEntries(measured) as Steps;
}
