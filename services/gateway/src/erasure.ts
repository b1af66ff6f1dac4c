import { email, uuid } from "@sockshop/contracts/text.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { conflict, notFound, parse } from "@sockshop/platform/problem.ts";
import type { Router } from "express";
import { z } from "zod";
import { accounts } from "./guests.ts";

type KnownUser = { id: string; email: string; role: string };
export const erasureRequest = z.object({ account: z.union([uuid, email]) });

/** What the operator's command asks (`npm run accounts -- erase`): no route of the public door leads here. */
export function erasureRoute(router: Router, database: Database): void {
  router.post("/accounts/erase", jsonBody(), async (req, res) => {
    const { account } = parse(erasureRequest, req.body);
    res.json({ accountId: await eraseAccount(database, account) });
  });
}

/**
 * Deletes an account, named by its e-mail address or id, with its sessions, and tells everyone in the same transaction.
 * An id without an account may be a guest's whose session is over: its orders still carry an address, so it is told too.
 */
export function eraseAccount(database: Database, account: string): Promise<string> {
  return withTransaction(database, async (tx) => {
    // Two administrators erased at once would each leave the other.
    await tx.query("select pg_advisory_xact_lock(hashtext('first administrator'))");
    const user = await findUser(tx, account);
    if (user?.role === "admin") await refuseLastAdministrator(tx, user.id);
    const accountId = user?.id ?? (await formerGuest(tx, account));
    await accounts.execute(tx, accountId, { type: "EraseAccount", accountId });
    if (user) await tx.query("delete from verifications where identifier = $1", [user.email]);
    await tx.query("delete from users where id = $1", [accountId]);
    return accountId;
  });
}

async function findUser(tx: Transaction, account: string): Promise<KnownUser | undefined> {
  const { rows } = await tx.query<KnownUser>(
    "select id, email, role from users where id::text = $1 or email = $1 for update",
    [account],
  );
  return rows[0];
}

async function formerGuest(tx: Transaction, account: string): Promise<string> {
  if (!uuid.safeParse(account).success) throw notFound("An account with this e-mail address");
  const state = await accounts.load(tx, account);
  if (state.status !== "joined") return account;
  throw conflict("guest-joined", `This guest became account ${state.accountId}: erase that one.`);
}

async function refuseLastAdministrator(tx: Transaction, userId: string): Promise<void> {
  const { rowCount } = await tx.query("select from users where role = 'admin' and id <> $1", [userId]);
  if (rowCount === 0)
    throw conflict("last-administrator", "This is the only administrator: make another one first.");
}
