import type { Database } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { type Loop, startLoop } from "@sockshop/platform/loop.ts";

const hour = 60 * 60 * 1000;

/** Deletes, every hour, sessions that have expired and guests that nobody can be any more. */
export function startSweeping(database: Database, log: Log): Loop {
  return startLoop({ name: "the sweep of expired sessions", everyMs: hour, log }, () => sweep(database));
}

/** A guest's only key is its session; the day's grace is for one that is being begun right now. */
export async function sweep(database: Database): Promise<void> {
  await database.query("delete from sessions where expires_at < now()");
  await database.query(
    `delete from users where is_anonymous and created_at < now() - interval '1 day'
       and not exists (select 1 from sessions where user_id = users.id)`,
  );
}
