import { randomBytes } from "node:crypto";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { newId } from "@sockshop/platform/ids.ts";
import type { Accounts } from "./accounts.ts";

type Passwords = Awaited<Accounts["$context"]>["password"];
export type AdministratorParts = {
  database: Database;
  accounts: Accounts;
  email: string;
  /** Without one, and without any administrator yet, a random one is made and told once. */
  password: string | undefined;
  tell: (line: string) => void;
};

/** Makes sure that the shop has an administrator. A given password is the truth: whoever held the address before is locked out. */
export async function ensureAdministrator(parts: AdministratorParts): Promise<void> {
  const { password: passwords } = await parts.accounts.$context;
  const made = await withTransaction(parts.database, async (tx) => {
    // Gateways that start together queue here, and all but the first find the work done.
    await tx.query("select pg_advisory_xact_lock(hashtext('first administrator'))");
    if (parts.password)
      return void (await grant(tx, passwords, { email: parts.email, password: parts.password }));
    const { rowCount } = await tx.query("select 1 from users where role = 'admin' limit 1");
    if (rowCount) return undefined;
    const password = randomBytes(18).toString("base64url");
    await grant(tx, passwords, { email: parts.email, password });
    return password;
  });
  if (made)
    parts.tell(`The first administrator is ${parts.email} with the password ${made} (told only this once).`);
}

async function grant(
  tx: Transaction,
  passwords: Passwords,
  { email, password }: { email: string; password: string },
) {
  const userId = await administratorId(tx, email);
  const { rows } = await tx.query<{ id: string; password: string }>(
    "select id, password from credentials where user_id = $1 and provider_id = 'credential'",
    [userId],
  );
  const known = rows[0];
  if (known && (await passwords.verify({ hash: known.password, password }))) return;
  const hash = await passwords.hash(password);
  await tx.query("delete from credentials where user_id = $1", [userId]);
  await tx.query(
    `insert into credentials (id, user_id, account_id, provider_id, password, updated_at)
     values ($1, $2, $3, 'credential', $4, now())`,
    [newId(), userId, userId, hash],
  );
  await tx.query("delete from sessions where user_id = $1", [userId]);
}

async function administratorId(tx: Transaction, email: string): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into users (id, name, email, email_verified, role) values ($1, 'Administrator', $2, true, 'admin')
     on conflict (email) do update set role = 'admin', updated_at = now() returning id`,
    [newId(), email],
  );
  const id = rows[0]?.id;
  if (!id) throw new Error("the administrator's account could not be stored");
  return id;
}
