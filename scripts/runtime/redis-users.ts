import { logTopic, topics } from "@sockshop/contracts/topics.ts";

// What Dapr's Redis pub/sub sends: it asks for the server's version, adds to the streams that it publishes to, and reads the
// others by a group that it makes.
const always = "+ping +info";
const publishing = "+xadd";
const hearing = "+xgroup|create +xreadgroup +xack +xpending +xclaim";

/** The streams that an app's sidecar adds to, and those that it reads. */
function streamsOf(app: string): { published: string[]; heard: string[] } {
  const entries = Object.entries(topics).map(([topic, said]) => ({ topic, ...said }));
  const published = entries.filter(({ source }) => source === app);
  const heard = entries.filter(({ subscribers }) => (subscribers as readonly string[]).includes(app));
  return {
    published: [...published.map(({ topic }) => topic), logTopic.name],
    heard: [...heard.map(({ topic }) => topic), ...(app === "logging" ? [logTopic.name] : [])],
  };
}

/**
 * Redis's users as lines of its configuration: each app's sidecar may add to the streams of its own topics and read those of
 * the topics that it hears, nobody may do anything without a password, and only `admin` may do everything. The part in
 * parentheses is a selector (Redis 7, Valkey): its commands hold for its streams only.
 */
export function redisUsers(appIds: readonly string[], passwordOf: (user: string) => string): string[] {
  const user = (name: string, rights: string) => `user ${name} on >${passwordOf(name)} ${rights}`;
  return [
    "user default off",
    user("admin", "~* &* +@all"),
    ...appIds.map((app) => user(app, `resetchannels -@all ${rightsOf(app)}`)),
  ];
}

function rightsOf(app: string): string {
  const { published, heard } = streamsOf(app);
  const named = (streams: string[]) => streams.map((stream) => `~${stream}`).join(" ");
  const own = `${always} ${publishing} ${named(published)}`;
  return heard.length === 0 ? own : `${own} (${hearing} ${named(heard)})`;
}
