import { editableDays, type RatingFlag, type ratingEvents } from "@sockshop/contracts/rating.ts";
import type { Aggregate } from "@sockshop/platform/aggregate.ts";
import { conflict, notFound } from "@sockshop/platform/problem.ts";
import type { z } from "zod";

/** What the approved ratings of a product come to. */
export type Standing = { totalStars: number; count: number };

export type Submitted = {
  status: "pending" | "approved" | "rejected";
  customerId: string;
  productId: string;
  orderId: string;
  stars: number;
  revision: number;
  firstSubmittedAt: string;
};
export type RatingState = { status: "none" } | Submitted;

type Written = { stars: number; flags: RatingFlag[]; at: string };
export type RatingCommand =
  | ({ type: "Submit"; customerId: string; productId: string; orderId: string } & Written)
  | ({ type: "Edit" } & Written)
  /** `revision` is the one that the moderator has read. */
  | { type: "Approve"; revision?: number | undefined }
  | { type: "Reject"; revision?: number | undefined };
/** A command with the product's standing before it, read under the product's lock. */
export type PlacedCommand = RatingCommand & { standing: Standing };

export type RatingEvent = {
  [Type in keyof typeof ratingEvents]: { type: Type; data: z.infer<(typeof ratingEvents)[Type]> };
}[keyof typeof ratingEvents];

export const rating: Aggregate<RatingState, PlacedCommand, RatingEvent> = {
  stream: "rating",
  topic: "rating-events",
  initial: { status: "none" },
  decide,
  evolve,
};

function decide(command: PlacedCommand, state: RatingState): RatingEvent[] {
  if (command.type === "Submit") return state.status === "none" ? submit(command, command) : [];
  if (state.status === "none") throw notFound("The rating");
  switch (command.type) {
    case "Edit":
      return edit(command, state);
    case "Approve":
      refuseOutdated(command.revision, state);
      if (state.status === "approved") return [];
      return [approved({ ...state, product: productOf(command.standing, state.stars) }, "moderator")];
    case "Reject":
      refuseOutdated(command.revision, state);
      if (state.status === "rejected") return [];
      return [rejected({ ...state, product: productOf(without(command.standing, state)) })];
  }
}

function edit(command: Extract<PlacedCommand, { type: "Edit" }>, state: Submitted): RatingEvent[] {
  if (Date.parse(command.at) > editableUntil(state.firstSubmittedAt).getTime())
    throw conflict("edit-window-closed", `A rating may be edited for ${editableDays} days.`);
  // What a moderator has turned down is not let through by rules that a machine can check.
  const flags: RatingFlag[] =
    state.status === "rejected" ? [...command.flags, "rejected-before"] : command.flags;
  return submit({ ...command, flags, standing: without(command.standing, state) }, state);
}

type About = Pick<Submitted, "customerId" | "productId" | "orderId"> & { revision?: number };

/** Both events of one decision tell the sums after the whole of it, so that an edit never shows as a rating less. */
function submit(command: Written & { standing: Standing }, about: About): RatingEvent[] {
  const { stars, flags, at, standing } = command;
  const { customerId, productId, orderId } = about;
  const shown = flags.length === 0;
  const facts = { productId, orderId, stars, product: productOf(standing, shown ? stars : undefined) };
  const revision = (about.revision ?? 0) + 1;
  const submitted: RatingEvent = {
    type: "RatingSubmitted",
    data: { ...facts, status: "pending", customerId, revision, submittedAt: at, flags },
  };
  return shown ? [submitted, approved(facts, "auto")] : [submitted];
}

type Facts = Pick<RatingEvent["data"], "productId" | "orderId" | "stars" | "product">;
const factsOf = ({ productId, orderId, stars, product }: Facts): Facts => ({
  productId,
  orderId,
  stars,
  product,
});
const approved = (facts: Facts, by: "auto" | "moderator"): RatingEvent => ({
  type: "RatingApproved",
  data: { ...factsOf(facts), status: "approved", by },
});
const rejected = (facts: Facts): RatingEvent => ({
  type: "RatingRejected",
  data: { ...factsOf(facts), status: "rejected" },
});

function refuseOutdated(seen: number | undefined, { revision }: Submitted): void {
  if (seen !== undefined && seen !== revision)
    throw conflict("edited-meanwhile", "The rating was edited meanwhile. Read it again.", { revision });
}

const without = (standing: Standing, { status, stars }: Submitted): Standing =>
  status === "approved" ? { totalStars: standing.totalStars - stars, count: standing.count - 1 } : standing;

function productOf(standing: Standing, added?: number): Facts["product"] {
  const count = standing.count + (added === undefined ? 0 : 1);
  const totalStars = standing.totalStars + (added ?? 0);
  return { average: averageOf(totalStars, count), count, totalStars };
}

/** With two decimals; 0 where nobody has rated. */
export const averageOf = (totalStars: number, count: number): number =>
  count === 0 ? 0 : Math.round((totalStars / count) * 100) / 100;

export const editableUntil = (firstSubmittedAt: string | Date): Date =>
  new Date(new Date(firstSubmittedAt).getTime() + editableDays * 86_400_000);

function evolve(state: RatingState, event: RatingEvent): RatingState {
  switch (event.type) {
    case "RatingSubmitted": {
      const { customerId, productId, orderId, stars, revision, submittedAt } = event.data;
      const firstSubmittedAt = state.status === "none" ? submittedAt : state.firstSubmittedAt;
      return { status: "pending", customerId, productId, orderId, stars, revision, firstSubmittedAt };
    }
    case "RatingApproved":
    case "RatingRejected":
      return state.status === "none" ? state : { ...state, status: event.data.status };
  }
}
