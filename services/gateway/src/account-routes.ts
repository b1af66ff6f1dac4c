import type { Database } from "@sockshop/platform/database.ts";
import { parse } from "@sockshop/platform/problem.ts";
import { isAPIError } from "better-auth/api";
import type { Request, RequestHandler, Response } from "express";
import { asking, emailTaken } from "./account-problems.ts";
import type { Accounts } from "./accounts.ts";
import { joinGuest } from "./guests.ts";
import { signIn, signUp } from "./own-routes.ts";
import type { ShareLimit, SignInLimit } from "./rate-limits.ts";
import { readJson } from "./request-body.ts";
import { addCookies, type Sessions } from "./sessions.ts";
import { publicUser, type Visitor } from "./visitor.ts";

export type AccountRoutesParts = {
  accounts: Accounts;
  database: Database;
  sessions: Sessions;
  limitSignIn: SignInLimit;
  limitSignUp: ShareLimit;
};

type Entered = { headers: Headers; response: { user: Parameters<typeof publicUser>[0] } };

/** The four open account routes; the account library's own routes are not mounted at all. */
export function accountRoutes(parts: AccountRoutesParts) {
  const { accounts, database, sessions, limitSignIn, limitSignUp } = parts;
  const headers = new Headers();

  /** Whoever came in before: a guest joins the account, another account's session ends. */
  const enter = async (res: Response, before: Visitor | undefined, entered: Entered) => {
    const user = publicUser(entered.response.user);
    if (before?.user.isAnonymous) await joinGuest(database, { guestId: before.user.id, accountId: user.id });
    else if (before) await sessions.end(before.sessionId);
    res.removeHeader("set-cookie");
    addCookies(res, entered.headers);
    res.json({ user });
  };

  const handlers: Record<"signUp" | "signIn" | "signOut" | "getSession", RequestHandler> = {
    async signUp(req, res) {
      const body = parse(signUp, await readJson(req, res));
      await limitSignUp(req, res);
      const before = await sessions.visitor(req, res);
      await enter(res, before, await register(parts, body));
    },
    async signIn(req, res) {
      const body = parse(signIn, await readJson(req, res));
      await limitSignIn(req, res, body.email);
      const before = await sessions.visitor(req, res);
      await enter(
        res,
        before,
        await asking(accounts.api.signInEmail({ body, headers, returnHeaders: true })),
      );
    },
    async signOut(req, res) {
      const visitor = await sessions.visitor(req, res);
      // Deleted by us first: the library's sign-out also answers "done" when the database was away.
      if (visitor) await sessions.end(visitor.sessionId);
      const { headers } = await asking(
        accounts.api.signOut({ headers: cookiesOf(req), returnHeaders: true }),
      );
      res.removeHeader("set-cookie");
      addCookies(res, headers);
      res.json({ success: true });
    },
    async getSession(req, res) {
      const visitor = await sessions.visitor(req, res);
      if (!visitor) return void res.json(null);
      const { sessionId: id, expiresAt, user } = visitor;
      res.json({ session: { id, expiresAt }, user });
    },
  };
  return handlers;
}

const cookiesOf = (req: Request) => new Headers(req.headers.cookie ? { cookie: req.headers.cookie } : {});

async function register(
  { accounts, database }: AccountRoutesParts,
  body: { name: string; email: string; password: string },
): Promise<Entered> {
  try {
    return await accounts.api.signUpEmail({ body, headers: new Headers(), returnHeaders: true });
  } catch (error) {
    // Said of two sign-ups that met on one address, and of a database that was away; asking it tells which.
    if (isAPIError(error) && error.body?.code === "FAILED_TO_CREATE_USER") {
      const { rowCount } = await database.query("select 1 from users where email = $1", [body.email]);
      if (rowCount) throw emailTaken();
    }
    return asking(Promise.reject(error));
  }
}
