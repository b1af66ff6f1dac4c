import {
  approval,
  moderationQuery,
  newRating,
  ownRatingQuery,
  productRatingQuery,
  ratingEdit,
  rejection,
} from "@sockshop/contracts/rating.ts";
import { uuid } from "@sockshop/contracts/text.ts";
import type { Database } from "@sockshop/platform/database.ts";
import { jsonBody } from "@sockshop/platform/http.ts";
import { allowCallers, identityOf, requireRole } from "@sockshop/platform/identity.ts";
import { notFound, parse } from "@sockshop/platform/problem.ts";
import { type Express, type Request, Router } from "express";
import { selvesOf } from "./customers.ts";
import { type Decision, moderate } from "./moderating.ts";
import { listRateable } from "./purchases.ts";
import { findRating, listByStatus, listOfCustomer, listOfProduct } from "./rating-lists.ts";
import { moderatedRating, ownRating, type RatingRow } from "./rating-view.ts";
import { editRating, type SubmitParts, submitRating } from "./submitting.ts";
import { changeVote, votesOf } from "./votes.ts";

/** The public routes of ratings; the gateway alone may call them. `now` is the clock of the time for edits. */
export function ratingRoutes(app: Express, parts: SubmitParts): void {
  app.use("/ratings", allowCallers("gateway"), shopperRoutes(parts), moderatorRoutes(parts.database));
}

/** Ids are kept in the one spelling that events use. */
const callerOf = (req: Request) => {
  const who = identityOf(req);
  return { ...who, userId: who.userId.toLowerCase() };
};

function idOf(req: Request, what: string): string {
  const id = uuid.safeParse(req.params.id);
  if (!id.success) throw notFound(what);
  return id.data;
}
const ratingId = (req: Request) => idOf(req, "The rating");

const existing = async (database: Database, id: string): Promise<RatingRow> => {
  const row = await findRating(database, id);
  if (!row) throw notFound("The rating");
  return row;
};

function shopperRoutes(parts: SubmitParts): Router {
  const { database } = parts;
  const router = Router();
  const body = jsonBody("64kb");
  router.get("/products/:id", async (req, res) => {
    res.json(await listOfProduct(database, idOf(req, "The product"), parse(productRatingQuery, req.query)));
  });
  router.get("/mine", async (req, res) => {
    res.json(await mine(database, callerOf(req).userId, parse(ownRatingQuery, req.query)));
  });
  router.post("/", body, async (req, res) => {
    const id = await submitRating(parts, callerOf(req), parse(newRating, req.body));
    res.status(201).json(ownRating(await existing(database, id)));
  });
  router.put("/:id", body, async (req, res) => {
    const id = ratingId(req);
    await editRating(parts, callerOf(req), { ratingId: id, ...parse(ratingEdit, req.body) });
    res.json(ownRating(await existing(database, id)));
  });
  const mayVote = requireRole("customer", "admin");
  for (const [method, type] of [
    ["post", "FindHelpful"],
    ["delete", "TakeBack"],
  ] as const) {
    router[method]("/:id/helpful", mayVote, async (req, res) => {
      const vote = { ratingId: ratingId(req), voterId: callerOf(req).userId };
      res.json(await changeVote(database, type, vote));
    });
  }
  return router;
}

async function mine(
  database: Database,
  userId: string,
  query: ReturnType<typeof parse<typeof ownRatingQuery>>,
) {
  const selves = await selvesOf(database, userId);
  const { rows, total } = await listOfCustomer(database, selves, query);
  const { page, pageSize, productId } = query;
  return {
    items: rows.map(ownRating),
    total,
    page,
    pageSize,
    rateable: await listRateable(database, selves, query),
    votes: productId ? await votesOf(database, userId, productId) : [],
  };
}

function moderatorRoutes(database: Database): Router {
  const router = Router();
  const admin = requireRole("admin");
  router.get("/", admin, async (req, res) => {
    const query = parse(moderationQuery, req.query);
    const { rows, total } = await listByStatus(database, query);
    const { page, pageSize } = query;
    res.json({ items: rows.map(moderatedRating), total, page, pageSize });
  });
  const decisions: Record<"approve" | "reject", (body: unknown) => Decision> = {
    approve: (body) => ({ type: "Approve", ...parse(approval, body) }),
    reject: (body) => ({ type: "Reject", ...parse(rejection, body) }),
  };
  for (const [path, decisionOf] of Object.entries(decisions)) {
    router.post(`/:id/${path}`, admin, jsonBody(), async (req, res) => {
      const id = ratingId(req);
      await moderate(database, id, decisionOf(req.body));
      res.json(moderatedRating(await existing(database, id)));
    });
  }
  return router;
}
