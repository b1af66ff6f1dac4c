import { ownRating, ownRatings, productRatingPage, ratingRoutes } from "@sockshop/contracts/rating.ts";
import { newId } from "@sockshop/platform/ids.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { admin, customer, guest, openRatingService, type ProblemBody } from "./rating-service.ts";

let service: Awaited<ReturnType<typeof openRatingService>>;
beforeAll(async () => {
  service = await openRatingService();
});
afterAll(() => service.stop());

const day = 86_400_000;
const type = (name: string) => `urn:sockshop:problem:${name}`;

test("who received a product rates it, and everybody reads it", async () => {
  const who = customer("Ada Byron");
  const productId = newId();
  const orderId = await service.shop.deliver(who.userId, [productId]);
  const { status, body } = await service.rate(who, orderId, productId);
  expect(status).toBe(201);
  expect(ownRating.parse(body)).toMatchObject({
    productId,
    orderId,
    stars: 4,
    status: "approved",
    author: "Ada Byron",
    productName: "Sock 0",
    helpful: 0,
  });
  const page = productRatingPage.parse(await service.page(productId));
  expect(page.items).toMatchObject([{ id: body.id, title: "Warm", comment: "And soft." }]);
  expect(page.summary).toEqual({ average: 4, count: 1, histogram: { 1: 0, 2: 0, 3: 0, 4: 1, 5: 0 } });
  expect(page.items[0]).not.toHaveProperty("editedAt");
});

test("a product that nobody rated has an empty page", async () => {
  expect(await service.page(newId())).toEqual({
    items: [],
    total: 0,
    page: 1,
    pageSize: 24,
    summary: { average: 0, count: 0, histogram: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 } },
  });
});

test("who did not receive a product, or not by this order, is refused and learns no more", async () => {
  const [buyer, stranger] = [customer(), customer()];
  const productId = newId();
  const orderId = await service.shop.deliver(buyer.userId, [productId]);
  for (const [who, order, product] of [
    [stranger, orderId, productId],
    [buyer, newId(), productId],
    [buyer, orderId, newId()],
  ] as const) {
    const { status, body } = await service.rate<ProblemBody>(who, order, product);
    expect([status, body.type]).toEqual([403, type("not-received")]);
  }
  expect((await service.page(productId)).total).toBe(0);
});

test("each product of each order is rated once, however often it is tried at the same time", async () => {
  const who = customer();
  const [one, other] = [newId(), newId()];
  const first = await service.shop.deliver(who.userId, [one, other]);
  const again = await service.shop.deliver(who.userId, [one]);
  const answers = await Promise.all(Array.from({ length: 8 }, () => service.rate(who, first, one)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  const made = answers.find(({ status }) => status === 201)?.body.id;
  const refused = await service.rate<ProblemBody>(who, first, one);
  expect(refused.body).toMatchObject({ type: type("already-rated"), ratingId: made });
  for (const [order, product] of [
    [first, other],
    [again, one],
  ] as const)
    expect((await service.rate(who, order, product)).status).toBe(201);
  expect((await service.page(one)).total).toBe(2);
});

test("a refused rating leaves the product to be rated", async () => {
  const who = customer();
  const productId = newId();
  const orderId = await service.shop.deliver(who.userId, [productId]);
  expect((await service.rate(who, orderId, productId, { stars: 6 })).status).toBe(422);
  expect((await service.mine(who)).rateable).toMatchObject([{ orderId, productId, productName: "Sock 0" }]);
  expect((await service.rate(who, orderId, productId)).status).toBe(201);
});

test.each([
  { stars: 0 },
  { stars: 6 },
  { stars: 2.5 },
  { stars: "5" },
  { title: "x".repeat(121) },
  { comment: "x".repeat(2_001) },
  { title: "a\u0000b" },
  { comment: "\ud800" },
  { productId: "sock" },
])("a field that is not right is named: %j", async (more) => {
  const { status, body } = await service.rate<ProblemBody & { errors: { field: string }[] }>(
    customer(),
    newId(),
    newId(),
    more,
  );
  expect([status, body.errors.map(({ field }) => field)]).toEqual([422, Object.keys(more)]);
});

test("a guest who received an order rates it without a name, and it is the account's after signing in", async () => {
  const who = guest();
  const [productId, later] = [newId(), newId()];
  const orderId = await service.shop.deliver(who.userId, [productId, later]);
  const { body } = await service.rate(who, orderId, productId);
  expect(body).toMatchObject({ author: "", status: "approved" });
  const account = customer("Ada Byron");
  await service.shop.join(who.userId, account.userId);
  const mine = ownRatings.parse(await service.mine(account));
  expect(mine.items.map(({ id }) => id)).toEqual([body.id]);
  expect(mine.rateable.map((purchase) => purchase.productId)).toEqual([later]);
  expect((await service.rate(account, orderId, later)).status).toBe(201);
  const edited = await service.call(account, "PUT", `/ratings/${body.id}`, {
    body: { stars: 5, title: "Warm", comment: "Still." },
  });
  expect([edited.status, edited.body]).toMatchObject([200, { author: "Ada Byron", stars: 5 }]);
});

test("an author edits for 30 days and no longer; nobody else finds the rating to edit", async () => {
  const who = customer();
  const productId = newId();
  const { body: made } = await service.rate(
    who,
    await service.shop.deliver(who.userId, [productId]),
    productId,
  );
  const edit = (by = who, body: object = { stars: 1, title: "Cold", comment: "After all." }) =>
    service.call(by, "PUT", `/ratings/${made.id}`, { body });
  const started = service.clock.now;
  service.clock.now = new Date(started.getTime() + 30 * day);
  expect((await edit()).status).toBe(200);
  expect((await edit(customer())).status).toBe(404);
  expect((await edit(who, { stars: 9 })).status).toBe(422);
  service.clock.now = new Date(started.getTime() + 30 * day + 1);
  const late = await edit();
  expect([late.status, late.body.type]).toEqual([409, type("edit-window-closed")]);
  service.clock.now = started;
  const page = await service.page(productId);
  expect(page.items).toMatchObject([{ stars: 1, title: "Cold", comment: "After all." }]);
  expect(page.items[0]?.editedAt).toBe(new Date(started.getTime() + 30 * day).toISOString());
  expect(page.summary).toMatchObject({ average: 1, count: 1 });
});

test("a rating with a link waits for a moderator, seen by its author alone", async () => {
  const [who, moderator] = [customer(), admin()];
  const productId = newId();
  const orderId = await service.shop.deliver(who.userId, [productId]);
  const { body } = await service.rate(who, orderId, productId, { comment: "see https://socks.example" });
  expect(body.status).toBe("pending");
  expect(await service.page(productId)).toMatchObject({ total: 0, summary: { count: 0 } });
  expect((await service.mine(who)).items).toMatchObject([{ id: body.id, status: "pending" }]);
  const queue = await service.call<{ items: object[] }>(
    moderator,
    "GET",
    "/ratings?status=pending&pageSize=100",
  );
  expect(queue.body.items).toContainEqual(
    expect.objectContaining({ id: body.id, flags: ["link"], revision: 1, productName: "Sock 0" }),
  );
  const approved = await service.moderate(moderator, body.id, "approve", { revision: 1 });
  expect([approved.status, approved.body.status]).toEqual([200, "approved"]);
  expect(await service.page(productId)).toMatchObject({ total: 1, summary: { count: 1, average: 4 } });
});

test("a rejection tells its author why, and the edit that follows waits for a moderator too", async () => {
  const who = customer();
  const productId = newId();
  const { body } = await service.rate(who, await service.shop.deliver(who.userId, [productId]), productId);
  expect((await service.moderate(admin(), body.id, "reject", {})).status).toBe(422);
  const rejected = await service.moderate(admin(), body.id, "reject", { reason: "About the courier." });
  expect(rejected.body).toMatchObject({ status: "rejected", reason: "About the courier." });
  expect((await service.page(productId)).total).toBe(0);
  expect((await service.mine(who)).items).toMatchObject([{ reason: "About the courier." }]);
  const edited = await service.call(who, "PUT", `/ratings/${body.id}`, {
    body: { stars: 4, title: "", comment: "Warm." },
  });
  expect(edited.body).toMatchObject({ status: "pending" });
  expect(edited.body).not.toHaveProperty("reason");
  const outdated = await service.moderate(admin(), body.id, "approve", { revision: 1 });
  expect([outdated.status, outdated.body.type]).toEqual([409, type("edited-meanwhile")]);
  expect((await service.moderate(admin(), body.id, "approve")).status).toBe(200);
  expect((await service.page(productId)).items).toMatchObject([{ comment: "Warm." }]);
});

test("each person finds a rating helpful once, may take it back, and never votes for the own one", async () => {
  const who = customer();
  const productId = newId();
  const [older, newer] = [
    await service.rate(who, await service.shop.deliver(who.userId, [productId]), productId),
    await service.rate(who, await service.shop.deliver(who.userId, [productId]), productId),
  ];
  const path = `/ratings/${older.body.id}/helpful`;
  const voters = [customer(), customer(), customer()];
  await Promise.all([...voters, ...voters, ...voters].map((voter) => service.call(voter, "POST", path)));
  const [first] = voters;
  if (!first) throw new Error("there are three voters");
  expect((await service.call(first, "POST", path)).body).toEqual({ helpful: 3, voted: true });
  expect((await service.mine(first, `productId=${productId}`)).votes).toEqual([older.body.id]);
  expect((await service.call(first, "DELETE", path)).body).toEqual({ helpful: 2, voted: false });
  expect((await service.call(first, "DELETE", path)).body).toEqual({ helpful: 2, voted: false });
  const own = await service.call(who, "POST", path);
  expect([own.status, own.body.type]).toEqual([403, type("own-rating")]);
  expect((await service.call(guest(), "POST", path)).status).toBe(403);
  const ids = async (sort: string) =>
    (await service.page(productId, `sort=${sort}`)).items.map(({ id }) => id);
  expect(await ids("newest")).toEqual([newer.body.id, older.body.id]);
  expect(await ids("helpful")).toEqual([older.body.id, newer.body.id]);
});

test("a rating that is not shown takes no votes, and nobody decides over what is not there", async () => {
  const who = customer();
  const productId = newId();
  const orderId = await service.shop.deliver(who.userId, [productId]);
  const { body } = await service.rate(who, orderId, productId, { title: "www.socks" });
  for (const id of [body.id, newId(), "mine"])
    expect((await service.call(customer(), "POST", `/ratings/${id}/helpful`)).status).toBe(404);
  for (const id of [newId(), "x"]) expect((await service.moderate(admin(), id, "approve")).status).toBe(404);
});

test("lists are paged and sorted as asked, and what cannot be asked is refused", async () => {
  const productId = newId();
  for (let nr = 1; nr <= 5; nr++) {
    const who = customer();
    const orderId = await service.shop.deliver(who.userId, [productId]);
    await service.rate(who, orderId, productId, { stars: nr, title: `Nr ${nr}` });
  }
  const page = await service.page(productId, "page=2&pageSize=2");
  expect(page).toMatchObject({ total: 5, page: 2, pageSize: 2, summary: { average: 3, count: 5 } });
  expect(page.items.map(({ title }) => title)).toEqual(["Nr 3", "Nr 2"]);
  expect((await service.page(productId, "page=9")).items).toEqual([]);
  for (const query of ["sort=best", "page=0", "pageSize=1000", "sort=newest&sort=helpful"])
    expect((await service.call(undefined, "GET", `/ratings/products/${productId}?${query}`)).status).toBe(
      422,
    );
  expect((await service.call(undefined, "GET", "/ratings/products/blue-sock")).status).toBe(404);
});

test("own lists narrow to a product or an order", async () => {
  const who = customer();
  const [one, other] = [newId(), newId()];
  const first = await service.shop.deliver(who.userId, [one, other]);
  const second = await service.shop.deliver(who.userId, [one]);
  await service.rate(who, first, one);
  expect((await service.mine(who)).rateable).toHaveLength(2);
  const byOrder = await service.mine(who, `orderId=${first}`);
  expect([byOrder.items.length, byOrder.rateable.map(({ productId }) => productId)]).toEqual([1, [other]]);
  const byProduct = await service.mine(who, `productId=${one}`);
  expect([byProduct.items.length, byProduct.rateable.map(({ orderId }) => orderId)]).toEqual([1, [second]]);
});

test("every route answers the gateway alone, and those of moderators no customer", async () => {
  for (const { method, path, access } of ratingRoutes) {
    const address = path.replace(":id", newId());
    for (const caller of ["order", "gateway, order", "rating"])
      expect((await service.call(admin(), method.toUpperCase(), address, { caller })).status).toBe(403);
    if (access === "public") continue;
    expect((await service.call(undefined, method.toUpperCase(), address)).status).toBe(401);
    if (access !== "admin") continue;
    for (const who of [customer(), guest()])
      expect((await service.call(who, method.toUpperCase(), address)).status).toBe(403);
  }
});
