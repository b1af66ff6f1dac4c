import type { Request, Response } from "express";
import type { Forward } from "./forwarding.ts";
import { readBody } from "./request-body.ts";
import type { Match } from "./route-table.ts";
import type { Sessions } from "./sessions.ts";
import { identityOf, requireAccess } from "./visitor.ts";

/** Checks who asks and what is sent, and hands the request to its service. */
export function serviceRoutes({ sessions, forward }: { sessions: Sessions; forward: Forward }) {
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
    const visitor = known ?? (await sessions.beginGuest(res));
    const asked = { match, body, identity: identityOf(visitor) };
    if (responseType !== "text/event-stream") return forward(req, res, asked);
    const lasting = sessions.whileLasting(visitor);
    await forward(req, res, { ...asked, until: lasting.signal }).finally(lasting.release);
  };
}
