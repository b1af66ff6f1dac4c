import { ratingEvents } from "@sockshop/contracts/rating.ts";
import type { Projection } from "@sockshop/platform/aggregate.ts";
import type { StoredEvent } from "@sockshop/platform/events.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { rebuildConsumer, rebuildProjection } from "@sockshop/platform/read-models.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { purchases } from "../src/purchases.ts";
import { type RatingEvent, rating } from "../src/rating.ts";
import { ratings, ratingsProjection } from "../src/ratings.ts";
import { votesProjection } from "../src/votes.ts";
import { admin, customer, guest, openRatingService } from "./rating-service.ts";

let service: Awaited<ReturnType<typeof openRatingService>>;
beforeEach(async () => {
  service = await openRatingService();
});
afterEach(() => service.stop());

const rows = async (query: string) => (await service.database.query(query)).rows;
const readModels = async () => ({
  purchases: await rows("select * from purchases order by order_id, product_id"),
  ratings: await rows("select * from ratings order by id"),
  histograms: await rows("select * from rating_histograms order by product_id, stars"),
  votes: await rows("select * from helpful_votes order by rating_id, voter_id"),
  counts: await rows("select * from helpful_counts order by rating_id"),
});
const everything = async () => ({
  ...(await readModels()),
  standings: await rows("select * from standings order by product_id"),
  texts: await rows("select * from rating_texts order by rating_id"),
  customers: await rows("select * from former_customers order by customer_id"),
  streams: await rows("select subject, version, state from streams order by subject"),
});
const events = async (): Promise<(StoredEvent & RatingEvent)[]> =>
  rows("select * from events where stream = 'rating' order by seq");

/** Ratings of two products that come, change, are voted for, held back, approved and rejected; a guest signs in; an account goes. */
async function busyShop(): Promise<void> {
  const { shop, rate, call, moderate } = service;
  const products = [newId(), newId()] as const;
  const people = [customer(), customer(), guest(), customer()];
  await Promise.all(
    people.map(async (who, index) => {
      for (const productId of products) {
        const orderId = await shop.deliver(who.userId, [productId]);
        const comment = index === 1 ? "see www.socks" : "Warm.";
        const { body } = await rate(who, orderId, productId, { stars: 1 + index, comment });
        if (index === 0)
          await call(who, "PUT", `/ratings/${body.id}`, { body: { stars: 5, title: "", comment: "Soft." } });
        if (index === 1) await moderate(admin(), body.id, "approve");
        if (index === 3) await moderate(admin(), body.id, "reject", { reason: "Off topic." });
        for (const voter of people.filter(({ role }) => role === "customer"))
          if (voter !== who) await call(voter, "POST", `/ratings/${body.id}/helpful`);
        const [first] = people;
        if (first && first !== who) await call(first, "DELETE", `/ratings/${body.id}/helpful`);
      }
      await shop.deliver(who.userId, [products[0]]);
    }),
  );
  await shop.refund(people[0]?.userId ?? "", await shop.deliver(people[0]?.userId ?? "", [products[1]]));
  await shop.join(people[2]?.userId ?? "", people[1]?.userId ?? "");
  await shop.erase(people[0]?.userId ?? "");
}

test("events that come three times and in any order change nothing", async () => {
  await busyShop();
  const before = await everything();
  await service.shop.repeat((all) => [...all, ...all, ...all].reverse());
  await service.shop.repeat((all) => [...all].sort(() => Math.random() - 0.5));
  expect(await everything()).toEqual(before);
});

test("even a repeat that the checkpoints did not hold back changes nothing", async () => {
  await busyShop();
  const before = await everything();
  await service.database.query("update checkpoints set position = 0");
  await service.shop.repeat((all) => all);
  expect(await everything()).toEqual(before);
});

test("every read model is made anew from events to the rows it had", async () => {
  await busyShop();
  const before = await everything();
  expect(before.counts.length).toBeGreaterThan(0);
  await service.database.query(
    "truncate purchases, ratings, rating_histograms, helpful_votes, helpful_counts",
  );
  const { database, shop } = service;
  await rebuildProjection(database, {
    stream: "rating",
    projection: ratingsProjection as unknown as Projection,
  });
  await rebuildProjection(database, {
    stream: "helpful-vote",
    projection: votesProjection as unknown as Projection,
  });
  await rebuildConsumer({ database, sidecar: shop.sidecar }, purchases);
  expect(await everything()).toEqual(before);
});

test("ratings come in while the read model is made anew, and none is missed or counted twice", async () => {
  const { shop, rate, page, database } = service;
  const productId = newId();
  let rebuilding = true;
  const rebuilds = (async () => {
    for (let time = 0; time < 4; time++)
      await rebuildProjection(database, {
        stream: "rating",
        projection: ratingsProjection as unknown as Projection,
      });
    rebuilding = false;
  })();
  let count = 0;
  do {
    const who = customer();
    const orderId = await shop.deliver(who.userId, [productId]);
    expect((await rate(who, orderId, productId, { stars: 1 + (count % 5) })).status).toBe(201);
    count += 1;
    expect((await page(productId)).total).toBe(count);
  } while (rebuilding);
  await rebuilds;
  expect((await page(productId)).summary.count).toBe(count);
});

test("each rating's state is the fold of its events, and every event is what the contract says", async () => {
  await busyShop();
  const bySubject = Map.groupBy(await events(), ({ subject }) => subject);
  expect(bySubject.size).toBe(8);
  for (const [subject, own] of bySubject) {
    expect(await ratings.load(service.database, subject)).toEqual(own.reduce(rating.evolve, rating.initial));
    for (const { type, data } of own) expect(ratingEvents[type].strict().parse(data)).toEqual(data);
  }
});

test("under twenty ratings at once the events of a product tell its sums in the order of their positions", async () => {
  const productId = newId();
  const raters = Array.from({ length: 20 }, () => customer());
  const orders = await Promise.all(raters.map(({ userId }) => service.shop.deliver(userId, [productId])));
  await Promise.all(
    raters.map((who, index) => service.rate(who, orders[index] ?? "", productId, { stars: 1 + (index % 5) })),
  );
  const told = await events();
  expect(told.filter(({ type }) => type === "RatingApproved").map(({ data }) => data.product.count)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  expect(told.at(-1)?.data.product).toEqual({ average: 3, count: 20, totalStars: 60 });
  expect((await service.page(productId)).summary).toMatchObject({ average: 3, count: 20 });
});

test("words and names are in no event, and an erased account leaves none of them anywhere", async () => {
  const [author, visitor] = [customer("Zerlinde Quasthoff"), guest()];
  const [productId, other] = [newId(), newId()];
  const written = { title: "Xylophonic", comment: "Quixotic warmth www.socks" };
  const orderId = await service.shop.deliver(author.userId, [productId]);
  const { body } = await service.rate(author, orderId, productId, written);
  await service.moderate(admin(), body.id, "reject", { reason: "Zymurgic" });
  const guestOrder = await service.shop.deliver(visitor.userId, [other, newId()]);
  await service.rate(visitor, guestOrder, other, written);
  await service.shop.join(visitor.userId, author.userId);
  const personal = /zerlinde|xylophonic|quixotic|zymurgic/i;
  expect(
    JSON.stringify([await rows("select * from events"), await rows("select * from streams")]),
  ).not.toMatch(personal);
  expect(JSON.stringify(await everything())).toMatch(personal);
  await service.shop.erase(author.userId);
  expect(JSON.stringify(await everything())).not.toMatch(personal);
  for (const who of [author, visitor]) {
    const edited = await service.call(who, "PUT", `/ratings/${body.id}`, { body: { stars: 1 } });
    expect(edited.status).toBe(403);
    const late = await service.rate(who, guestOrder, other, written);
    expect(late.status).toBe(403);
  }
});
