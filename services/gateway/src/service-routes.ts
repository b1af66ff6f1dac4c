import type { Request, Response } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import type { Forward } from "./forwarding.ts";
import { shareLimit } from "./rate-limits.ts";
import { readBody } from "./request-body.ts";
import type { Match } from "./route-table.ts";
import type { Sessions } from "./sessions.ts";
import { streamPlaces } from "./stream-places.ts";
import { identityOf, requireAccess, type Visitor } from "./visitor.ts";

export type ServiceRoutesParts = { sessions: Sessions; forward: Forward; requestsPerMinute: number };

/** A tab of the console holds two at most, and none while it is hidden. */
const streamsOfSession = 10;
/** Households and offices share an address; 50 of the 600 requests a minute that are let through unless set. */
const streamsOfRequests = 1 / 12;

/** No guest buys anything with fewer than three requests; beyond that they are begun for their own sake. */
const guestsOfRequests = 1 / 3;

/** Checks who asks and what is sent, and hands the request to its service. */
export function serviceRoutes(parts: ServiceRoutesParts) {
  const { sessions, forward } = parts;
  const begin = guestBeginner(parts);
  const stream = streamRoute(parts, begin);
  return async (req: Request, res: Response, match: Match): Promise<void> => {
    const { access, responseType } = match.route;
    if (access === "public") {
      await forward(req, res, { match, body: await readBody(req, res, match.route) });
      return;
    }
    const known = await sessions.visitor(req, res);
    requireAccess(access, known);
    // A guest is begun only for a request that will be sent on.
    const body = await readBody(req, res, match.route);
    if (responseType === "text/event-stream") return stream(req, res, { match, known });
    const visitor = known ?? (await begin(req, res));
    await forward(req, res, { match, body, identity: identityOf(visitor) });
  };
}

type Begin = (req: Request, res: Response) => Promise<Visitor>;

/** Each guest is a row, a session and in the end an event. */
function guestBeginner({ sessions, requestsPerMinute }: ServiceRoutesParts): Begin {
  const limit = shareLimit(
    requestsPerMinute * guestsOfRequests,
    "Too many visits without a cookie were begun from your address.",
  );
  return async (req, res) => {
    await limit(req, res);
    return sessions.beginGuest(res);
  };
}

function streamRoute({ sessions, forward, requestsPerMinute }: ServiceRoutesParts, begin: Begin) {
  const ofAddress = streamPlaces(Math.ceil(requestsPerMinute * streamsOfRequests), "from your address");
  const ofSession = streamPlaces(streamsOfSession, "in your session");
  return async (req: Request, res: Response, asked: { match: Match; known: Visitor | undefined }) => {
    const held = [ofAddress(ipKeyGenerator(req.ip ?? ""))];
    try {
      const visitor = asked.known ?? (await begin(req, res));
      held.push(ofSession(visitor.sessionId));
      const { signal, release } = sessions.whileLasting(visitor);
      held.push(release);
      await forward(req, res, { match: asked.match, identity: identityOf(visitor), until: signal });
    } finally {
      for (const giveBack of held) giveBack();
    }
  };
}
