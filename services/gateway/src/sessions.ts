import type { Database } from "@sockshop/platform/database.ts";
import type { Log } from "@sockshop/platform/log.ts";
import { startLoop } from "@sockshop/platform/loop.ts";
import type { Notifications } from "@sockshop/platform/notifications.ts";
import type { Request, Response } from "express";
import { asking } from "./account-problems.ts";
import { type Accounts, cookieCacheSeconds } from "./accounts.ts";
import { endedSessions } from "./ended-sessions.ts";
import { type Visitor, visitorOf } from "./visitor.ts";

export type Sessions = {
  /** Whose session the request carries; renewed cookies go onto the response. */
  visitor: (req: Request, res: Response) => Promise<Visitor | undefined>;
  /** Begins an anonymous session and gives the response its cookies. */
  beginGuest: (res: Response) => Promise<Visitor>;
  /** Ends one session everywhere: its cookies' signed copies and its event streams too. */
  end: (sessionId: string) => Promise<void>;
  /** Fires when the session is over; call `release` when the stream has ended by itself. */
  whileLasting: (visitor: Visitor) => { signal: AbortSignal; release: () => void };
  stop: () => Promise<void>;
};

export type SessionsParts = {
  accounts: Accounts;
  database: Database;
  notifications: Notifications;
  log: Log;
};

const recheckMs = 30_000;

/** Sessions by cookie: mostly from a signed copy in the cookie itself, which is not trusted for sessions known to have ended. */
export function openSessions({ accounts, database, notifications, log }: SessionsParts): Sessions {
  const ended = endedSessions(cookieCacheSeconds * 1000);
  const streams = new Map<string, Set<AbortController>>();
  const endStreams = (sessionId: string) => {
    for (const stream of streams.get(sessionId) ?? []) stream.abort();
  };
  const recheck = startLoop({ name: "the check of streams' sessions", everyMs: recheckMs, log }, async () => {
    for (const sessionId of await overOf(database, [...streams.keys()])) endStreams(sessionId);
  });
  const hear = (sessionId: string) => {
    ended.add(sessionId);
    endStreams(sessionId);
  };
  const unsubscribe = notifications.subscribe("session-ended", (sessionId) => {
    if (sessionId) return hear(sessionId);
    // The connection was opened anew: what ended meanwhile is not known.
    ended.missedSome();
    recheck.wake();
  });

  const find = async (cookie: string, disableCookieCache: boolean) =>
    asking(
      accounts.api.getSession({
        headers: new Headers({ cookie }),
        query: { disableCookieCache },
        returnHeaders: true,
      }),
    );

  return {
    async visitor(req, res) {
      const { cookie } = req.headers;
      if (!cookie) return undefined;
      const fromCookie = await find(cookie, !ended.areKnown());
      const gone = fromCookie.response && ended.has(fromCookie.response.session.id);
      const found = gone ? await find(cookie, true) : fromCookie;
      addCookies(res, found.headers);
      return found.response ? visitorOf(found.response) : undefined;
    },
    async beginGuest(res) {
      const { headers } = await asking(
        accounts.api.signInAnonymous({ headers: new Headers(), returnHeaders: true }),
      );
      const { response } = await find(cookieHeader(headers), false);
      if (!response) throw new Error("the session of a new guest was not found");
      addCookies(res, headers);
      return visitorOf(response);
    },
    async end(sessionId) {
      await database.query("delete from sessions where id = $1", [sessionId]);
      hear(sessionId);
    },
    whileLasting: ({ sessionId }) => {
      const stream = new AbortController();
      const others = streams.get(sessionId) ?? new Set();
      streams.set(sessionId, others.add(stream));
      if (ended.has(sessionId)) stream.abort();
      const release = () => {
        others.delete(stream);
        if (others.size === 0 && streams.get(sessionId) === others) streams.delete(sessionId);
      };
      return { signal: stream.signal, release };
    },
    async stop() {
      unsubscribe();
      for (const sessionId of streams.keys()) endStreams(sessionId);
      await recheck.stop();
    },
  };
}

/** Which of these sessions are over. */
async function overOf(database: Database, sessionIds: string[]): Promise<string[]> {
  if (sessionIds.length === 0) return [];
  const { rows } = await database.query<{ id: string }>(
    "select id from sessions where id = any($1) and expires_at > now()",
    [sessionIds],
  );
  const lasting = new Set(rows.map(({ id }) => id));
  return sessionIds.filter((id) => !lasting.has(id));
}

/** Cookies of the account library onto our response. */
export function addCookies(res: Response, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) res.append("set-cookie", cookie);
}

/** What a browser would send back of these Set-Cookie headers. */
const cookieHeader = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
