import type { RatingFlag } from "@sockshop/contracts/rating.ts";
import { newId } from "@sockshop/platform/ids.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { editableUntil, type RatingEvent, type RatingState, rating, type Standing } from "../src/rating.ts";

const about = { customerId: newId(), productId: newId(), orderId: newId() };
const day = (nr: number) => new Date(Date.UTC(2026, 0, 1 + nr)).toISOString();
const nobody: Standing = { totalStars: 0, count: 0 };
const given = (...events: RatingEvent[]): RatingState => events.reduce(rating.evolve, rating.initial);
const submit = (stars: number, flags: RatingFlag[] = [], standing = nobody, at = day(0)) =>
  rating.decide({ type: "Submit", ...about, stars, flags, at, standing }, rating.initial);
const edit = (state: RatingState, stars: number, standing: Standing, at: string, flags: RatingFlag[] = []) =>
  rating.decide({ type: "Edit", stars, flags, at, standing }, state);
const types = (events: RatingEvent[]) => events.map(({ type }) => type);

test("a rating without anything to object to is shown at once, and both its events tell the product's new sums", () => {
  const events = submit(4, [], { totalStars: 5, count: 1 });
  expect(types(events)).toEqual(["RatingSubmitted", "RatingApproved"]);
  for (const { data } of events) expect(data.product).toEqual({ average: 4.5, count: 2, totalStars: 9 });
  expect(events[1]?.data).toMatchObject({ by: "auto", status: "approved" });
});

test("a rating that is held back counts for nothing until a moderator approves it", () => {
  const events = submit(1, ["link"], { totalStars: 5, count: 1 });
  expect(events).toMatchObject([
    { type: "RatingSubmitted", data: { flags: ["link"], product: { average: 5, count: 1 } } },
  ]);
  const standing = { totalStars: 5, count: 1 };
  const approved = rating.decide({ type: "Approve", standing }, given(...events));
  expect(approved).toMatchObject([
    { type: "RatingApproved", data: { by: "moderator", product: { average: 3, count: 2, totalStars: 6 } } },
  ]);
  expect(rating.decide({ type: "Approve", standing }, given(...events, ...approved))).toEqual([]);
});

test("a rejected rating leaves the sums, and what a moderator decided can be decided otherwise", () => {
  const shown = submit(2);
  const rejected = rating.decide({ type: "Reject", standing: { totalStars: 2, count: 1 } }, given(...shown));
  expect(rejected).toMatchObject([
    { type: "RatingRejected", data: { product: { average: 0, count: 0, totalStars: 0 } } },
  ]);
  const state = given(...shown, ...rejected);
  expect(rating.decide({ type: "Reject", standing: nobody }, state)).toEqual([]);
  expect(types(rating.decide({ type: "Approve", standing: nobody }, state))).toEqual(["RatingApproved"]);
});

test("an edit submits anew: the old stars are taken out as the new ones come in", () => {
  const events = edit(given(...submit(1)), 5, { totalStars: 4, count: 2 }, day(3));
  expect(events).toMatchObject([
    { type: "RatingSubmitted", data: { revision: 2, stars: 5, product: { totalStars: 8, count: 2 } } },
    { type: "RatingApproved", data: { stars: 5, product: { totalStars: 8, count: 2, average: 4 } } },
  ]);
});

test("an edit that must be read first takes the rating out of the sums", () => {
  const events = edit(given(...submit(1)), 1, { totalStars: 4, count: 2 }, day(3), ["abuse"]);
  expect(events).toMatchObject([{ type: "RatingSubmitted", data: { product: { totalStars: 3, count: 1 } } }]);
});

test("what was rejected once is read by a moderator again, however harmless the edit looks", () => {
  const events = submit(3, ["abuse"]);
  const rejected = rating.decide({ type: "Reject", standing: nobody }, given(...events));
  expect(edit(given(...events, ...rejected), 3, nobody, day(1))).toMatchObject([
    { type: "RatingSubmitted", data: { flags: ["rejected-before"] } },
  ]);
});

test("an edit is taken for 30 days from the first submission, not from the last", () => {
  const first = given(...submit(3));
  const again = [...submit(3), ...edit(first, 4, { totalStars: 3, count: 1 }, day(29))];
  const end = editableUntil(day(0)).toISOString();
  expect(end).toBe(day(30));
  const standing = { totalStars: 4, count: 1 };
  expect(types(edit(given(...again), 5, standing, end))).toHaveLength(2);
  const late = new Date(Date.parse(end) + 1).toISOString();
  expect(() => edit(given(...again), 5, standing, late)).toThrow("may be edited for 30 days");
});

test("a decision on an older revision than the last is refused", () => {
  const events = submit(3, ["link"]);
  const edited = [...events, ...edit(given(...events), 3, nobody, day(1), ["abuse"])];
  for (const type of ["Approve", "Reject"] as const) {
    expect(() => rating.decide({ type, revision: 1, standing: nobody }, given(...edited))).toThrow("edited");
    expect(rating.decide({ type, revision: 2, standing: nobody }, given(...edited))).toHaveLength(1);
  }
});

test("what was never submitted can be neither edited nor moderated, and a submission is not repeated", () => {
  expect(() => edit(rating.initial, 3, nobody, day(0))).toThrow("not found");
  expect(() => rating.decide({ type: "Approve", standing: nobody }, rating.initial)).toThrow("not found");
  const command = { type: "Submit", ...about, stars: 1, flags: [], at: day(0), standing: nobody } as const;
  expect(rating.decide({ ...command, flags: [] }, given(...submit(3)))).toEqual([]);
});

test("whatever happens to the ratings of a product, the told sums are those of its approved ratings", () => {
  const step = fc.record({
    who: fc.nat(3),
    what: fc.constantFrom("Write" as const, "Approve" as const, "Reject" as const),
    stars: fc.integer({ min: 1, max: 5 }),
    held: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const states: RatingState[] = Array.from({ length: 4 }, () => rating.initial);
      let standing = nobody;
      for (const { who, what, stars, held } of steps) {
        const state = states[who] ?? rating.initial;
        if (state.status === "none" && what !== "Write") continue;
        const written = { stars, flags: held ? (["link"] as RatingFlag[]) : [], at: day(0), standing };
        const type = state.status === "none" ? "Submit" : "Edit";
        const command =
          what === "Write" ? ({ type, ...about, ...written } as const) : ({ type: what, standing } as const);
        const events = rating.decide(command, state);
        states[who] = events.reduce(rating.evolve, state);
        standing = events.at(-1)?.data.product ?? standing;
      }
      const approved = states.flatMap((state) => (state.status === "approved" ? [state.stars] : []));
      expect([standing.count, standing.totalStars]).toEqual([
        approved.length,
        approved.reduce((sum, stars) => sum + stars, 0),
      ]);
    }),
  );
});
