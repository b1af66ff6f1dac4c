import pg from "pg";
import type { Log } from "./log.ts";

type Listener = (payload: string) => void;

/** One LISTEN connection a service; lost, it is opened again, and listeners are called once to look at what they missed. */
export type Notifications = {
  /** Calls `listener` for each NOTIFY on the channel, and with "" when some may have been missed; returns how to stop. */
  subscribe: (channel: string, listener: Listener) => () => void;
  stop: () => Promise<void>;
};

export function listenToDatabase(databaseUrl: string, log: Log): Notifications {
  const listeners = new Map<string, Set<Listener>>();
  let client: pg.Client | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const connect = async () => {
    const next = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    next.on("error", () => reconnect(next));
    next.on("end", () => reconnect(next));
    next.on("notification", ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? "");
    });
    try {
      await next.connect();
      client = next;
      for (const channel of listeners.keys()) await next.query(`listen ${pg.escapeIdentifier(channel)}`);
      for (const set of listeners.values()) for (const listener of set) listener("");
    } catch {
      reconnect(next);
    }
  };
  const reconnect = (broken: pg.Client) => {
    if (client === broken) client = undefined;
    broken.removeAllListeners();
    broken.on("error", () => {});
    broken.end().catch(() => {});
    if (stopped) return;
    log.debug("the notification connection is opened again");
    clearTimeout(retry);
    retry = setTimeout(connect, 500);
  };
  void connect();

  return {
    subscribe(channel, listener) {
      const set = listeners.get(channel) ?? new Set();
      if (set.size === 0) {
        listeners.set(channel, set);
        // What is said until the database has heard of the new listener is lost.
        client?.query(`listen ${pg.escapeIdentifier(channel)}`).then(
          () => {
            for (const waiting of set) waiting("");
          },
          () => {},
        );
      }
      set.add(listener);
      return () => void set.delete(listener);
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      client?.removeAllListeners("end");
      await client?.end().catch(() => {});
    },
  };
}
