import { type Database, withTransaction } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { type Loop, startLoop } from "@sockshop/platform/loop.ts";
import { accounts } from "./guests.ts";

const hour = 60 * 60 * 1000;

/** Deletes, every hour, sessions that have expired and guests that nobody can be any more. */
export function startSweeping(database: Database, log: Log): Loop {
  return startLoop({ name: "the sweep of expired sessions", everyMs: hour, log }, () => sweep(database));
}

const atOnce = 200;

/** A guest's only key is its session: what it left behind elsewhere may go, and GuestExpired says so. */
export async function sweep(database: Database): Promise<void> {
  await database.query("delete from sessions where expires_at < now()");
  while ((await expireGuests(database)) === atOnce);
}

/** The day's grace is for a guest that is being begun right now. */
function expireGuests(database: Database): Promise<number> {
  return withTransaction(database, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `delete from users where id in (
         select id from users where is_anonymous and created_at < now() - interval '1 day'
           and not exists (select 1 from sessions where user_id = users.id)
         limit $1 for update skip locked
       ) returning id`,
      [atOnce],
    );
    for (const { id } of rows) await accounts.execute(tx, id, { type: "ExpireGuest", guestId: id });
    return rows.length;
  });
}
