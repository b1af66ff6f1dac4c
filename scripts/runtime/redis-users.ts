import { logTopic, topics } from "@sockshop/contracts/topics.ts";

// What Dapr's Redis pub/sub does: it asks for the server's version, and works with streams and their groups.
const commands = "+ping +info +xadd +xgroup|create +xreadgroup +xack +xpending +xclaim";

/** The streams that an app's sidecar publishes to or reads from. */
function streamsOf(app: string): string[] {
  const own = Object.entries(topics).flatMap(([topic, { source, subscribers }]) =>
    source === app || (subscribers as readonly string[]).includes(app) ? [topic] : [],
  );
  return [...own, logTopic.name];
}

/**
 * Redis's users as lines of its configuration: each app's sidecar may use the streams of its topics, nobody may do anything
 * without a password, and only `admin` may do everything.
 */
export function redisUsers(appIds: readonly string[], passwordOf: (user: string) => string): string[] {
  const user = (name: string, rights: string) => `user ${name} on >${passwordOf(name)} ${rights}`;
  return [
    "user default off",
    user("admin", "~* &* +@all"),
    ...appIds.map((app) =>
      user(
        app,
        `resetchannels -@all ${commands} ${streamsOf(app)
          .map((stream) => `~${stream}`)
          .join(" ")}`,
      ),
    ),
  ];
}
