import type { ModeratedRating, OwnRating, OwnRatings, Rating } from "@sockshop/contracts/rating.ts";
import { describe, expect, test, vi } from "vitest";
import { anOrder, aProduct, orderId, productId } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const ratingId = "0198c0de-0000-7000-8000-00000000bbbb";
const aRating = (more: Partial<Rating> = {}): Rating => ({
  id: ratingId,
  productId,
  orderId,
  stars: 4,
  title: "Warm",
  comment: "And soft.",
  status: "approved",
  author: "Ada",
  createdAt: "2026-01-05T10:00:00.000Z",
  helpful: 2,
  ...more,
});
const anOwnRating = (more: Partial<OwnRating> = {}): OwnRating => ({
  ...aRating(),
  productName: "Breton Crew",
  editableUntil: "2999-01-01T00:00:00.000Z",
  ...more,
});
const ratings = (items: Rating[], total = items.length, page = 1) => ({
  items,
  total,
  page,
  pageSize: 8,
  summary: { average: 4.2, count: total, histogram: { 1: 0, 2: 0, 3: 0, 4: total, 5: 0 } },
});
const own = (more: Partial<OwnRatings> = {}): OwnRatings => ({
  items: [],
  total: 0,
  page: 1,
  pageSize: 20,
  rateable: [],
  votes: [],
  ...more,
});
const purchase = { orderId, productId, productName: "Breton Crew", deliveredAt: "2026-01-04T10:00:00.000Z" };
const account = (role = "customer") => ({
  user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role },
});
const productRatings = `/api/ratings/products/${productId}`;
const product: Shop = {
  "GET /api/catalog/products/crew": () => json(aProduct({ rating: { average: 4.2, count: 1 } })),
  [`GET ${productRatings}`]: () => json(ratings([aRating()])),
  "GET /api/ratings/mine": () => json(own()),
};

describe("the ratings of a product", () => {
  test("show with their average and spread, sorted as the reader likes, more on demand", async () => {
    const all = Array.from({ length: 9 }, (_, nr) => aRating({ id: `${ratingId}${nr}`, title: `Nr ${nr}.` }));
    const shown = await visit("/products/crew", {
      ...product,
      [`GET ${productRatings}`]: ({ query }) => {
        const page = Number(query.get("page"));
        return json(ratings(all.slice((page - 1) * 8, page * 8), 9, page));
      },
    });
    await shown.reads("Nr 7.");
    expect(shown.page.find('[aria-label="How the ratings spread"]').text()).toContain("4 stars9");
    expect(shown.page.text()).not.toContain("Nr 8.");
    await shown.button("Show more ratings").trigger("click");
    await shown.reads("Nr 8.");
    await shown.page.find("#ratings select").setValue("helpful");
    await eventually(() =>
      expect(shown.sent("GET", productRatings).at(-1)?.query.get("sort")).toBe("helpful"),
    );
  });

  test("have no name for guests, and are plainly none when nobody has rated", async () => {
    const guest = await visit("/products/crew", {
      ...product,
      [`GET ${productRatings}`]: () => json(ratings([aRating({ author: "" })])),
    });
    await guest.reads("A customer, Jan 5, 2026");
    const nobody = await visit("/products/crew", {
      ...product,
      [`GET ${productRatings}`]: () => json(ratings([])),
    });
    await nobody.reads("Nobody has rated this sock yet.");
  });

  test("can be fetched again when they could not", async () => {
    let isAway = true;
    const shown = await visit("/products/crew", {
      ...product,
      [`GET ${productRatings}`]: () => (isAway ? problem(503) : json(ratings([aRating()]))),
    });
    await shown.reads("The ratings could not be fetched");
    isAway = false;
    await shown.button("Try again").trigger("click");
    await shown.reads("And soft.");
  });

  test("are found helpful by an account, which may take it back", async () => {
    let voted = false;
    const answer = (is: boolean) => () => {
      voted = is;
      return json({ helpful: is ? 3 : 2, voted: is });
    };
    const shown = await visit("/products/crew", {
      ...product,
      "GET /api/auth/get-session": () => json(account()),
      "GET /api/ratings/mine": () => json(own({ votes: voted ? [ratingId] : [] })),
      [`POST /api/ratings/${ratingId}/helpful`]: answer(true),
      [`DELETE /api/ratings/${ratingId}/helpful`]: answer(false),
    });
    await shown.reads("2 people found this helpful");
    await eventually(() => expect(shown.button("Helpful").attributes("aria-pressed")).toBe("false"));
    await shown.button("Helpful").trigger("click");
    await shown.reads("3 people found this helpful");
    await eventually(() => expect(shown.button("Helpful").attributes("aria-pressed")).toBe("true"));
    await shown.button("Helpful").trigger("click");
    await shown.reads("2 people found this helpful");
  });

  test("take no vote of their own author, and send a guest to sign in", async () => {
    const author = await visit("/products/crew", {
      ...product,
      "GET /api/auth/get-session": () => json(account()),
      "GET /api/ratings/mine": () => json(own({ items: [anOwnRating()], total: 1 })),
    });
    await author.reads("Your rating");
    expect(() => author.button("Helpful")).toThrow();
    expect(author.page.text().split("And soft.")).toHaveLength(2);
    author.page.unmount();
    const guest = await visit("/products/crew", product);
    await guest.reads("And soft.");
    expect(guest.page.find('#ratings a[href^="/sign-in"]').attributes("href")).toContain(
      "return=/products/crew",
    );
  });
});

describe("rating a purchase", () => {
  const delivered = anOrder({ status: "delivered" }, ["placed", "confirmed", "shipped", "delivered"]);
  const rateable: Shop = {
    [`GET /api/orders/${orderId}`]: () => json(delivered),
    "GET /api/ratings/mine": () => json(own({ rateable: [purchase] })),
  };

  test("is offered on the page of a delivered order, needs stars, and sends what was written", async () => {
    let isRated = false;
    const shown = await visit(`/orders/${orderId}`, {
      ...rateable,
      "GET /api/ratings/mine": () =>
        json(isRated ? own({ items: [anOwnRating({ stars: 5 })], total: 1 }) : own({ rateable: [purchase] })),
      "POST /api/ratings": () => {
        isRated = true;
        return json(anOwnRating({ stars: 5 }), 201);
      },
    });
    await shown.reads("Rate your purchase");
    expect(shown.sent("GET", "/api/ratings/mine")[0]?.query.get("orderId")).toBe(orderId);
    await shown.button("Rate Breton Crew").trigger("click");
    const form = shown.page.find('form[aria-label="Rate Breton Crew"]');
    await form.trigger("submit");
    await shown.reads("Choose from one to five stars.");
    expect(document.activeElement).toBe(form.find("input[type=radio]").element);
    await form.find('input[type=radio][value="5"]').setValue(true);
    await form.find("textarea").setValue("Soft.");
    await Promise.all([form.trigger("submit"), form.trigger("submit")]);
    await shown.reads("Thank you, your rating is published.");
    await shown.reads("Your ratings");
    expect(shown.sent("POST", "/api/ratings").map(({ body }) => body)).toEqual([
      { orderId, productId, stars: 5, title: "", comment: "Soft." },
    ]);
  });

  test("is offered as soon as word of the delivery has come", async () => {
    let asked = 0;
    const shown = await visit(`/orders/${orderId}`, {
      ...rateable,
      "GET /api/ratings/mine": () => json(own(asked++ < 1 ? {} : { rateable: [purchase] })),
    });
    await shown.reads("Rate your purchase");
  });

  test("is not offered while the order is under way", async () => {
    vi.stubGlobal(
      "EventSource",
      class extends EventTarget {
        close() {}
      },
    );
    const shown = await visit(`/orders/${orderId}`, {
      ...rateable,
      [`GET /api/orders/${orderId}`]: () => json(anOrder({ status: "shipped" }, ["placed", "shipped"])),
    });
    await shown.reads("Your socks are under way");
    expect(shown.sent("GET", "/api/ratings/mine")).toHaveLength(0);
  });

  test("says when it is read first, and keeps what was written when it is refused", async () => {
    let answer = problem(503);
    const shown = await visit(`/orders/${orderId}`, {
      ...rateable,
      "POST /api/ratings": () => answer,
    });
    await shown.reads("Rate your purchase");
    await shown.button("Rate Breton Crew").trigger("click");
    const form = shown.page.find('form[aria-label="Rate Breton Crew"]');
    await form.find('input[type=radio][value="1"]').setValue(true);
    await form.find("textarea").setValue("See www.socks");
    await form.trigger("submit");
    await shown.reads("Your rating was not taken.");
    expect(form.find<HTMLTextAreaElement>("textarea").element.value).toBe("See www.socks");
    answer = json(anOwnRating({ status: "pending" }), 201);
    await eventually(() => expect(shown.button("Send rating").attributes("aria-disabled")).toBe("false"));
    await form.trigger("submit");
    await shown.reads("We will read your rating before it is published.");
  });
});

describe("own ratings", () => {
  test("tell what became of them, and can be edited while there is time", async () => {
    const late = anOwnRating({ id: "late", editableUntil: "2026-01-01T00:00:00.000Z", title: "Late." });
    const rejected = anOwnRating({ status: "rejected", reason: "About the courier." });
    const shown = await visit("/ratings", {
      "GET /api/ratings/mine": () => json(own({ items: [rejected, late], total: 2 })),
      [`PUT /api/ratings/${ratingId}`]: () => json(anOwnRating({ status: "pending" })),
    });
    await shown.reads("It is not published: About the courier.");
    expect(shown.page.findAll("button").filter((button) => button.text() === "Edit")).toHaveLength(1);
    await shown.button("Edit the rating of Breton Crew").trigger("click");
    await shown.field("Title (optional)").setValue("Better");
    await shown.page.find('form[aria-label="Rate Breton Crew"]').trigger("submit");
    await shown.reads("We will read your rating before it is published.");
    expect(shown.sent("PUT", `/api/ratings/${ratingId}`)[0]?.body).toEqual({
      stars: 4,
      title: "Better",
      comment: "And soft.",
    });
  });

  test("of somebody without a session are none, and none is begun", async () => {
    const shown = await visit("/ratings", { "GET /api/auth/get-session": () => json(null) });
    await shown.reads("Nothing to rate yet");
    expect(shown.sent("GET", "/api/ratings/mine")).toHaveLength(0);
  });
});

describe("moderation", () => {
  const waiting: ModeratedRating = {
    ...anOwnRating({ status: "pending", comment: "See www.socks" }),
    flags: ["link"],
    revision: 3,
  };
  const office: Shop = {
    "GET /api/auth/get-session": () => json(account("admin")),
    "GET /api/ratings": () => json({ items: [waiting], total: 1, page: 1, pageSize: 20 }),
  };

  test("shows what was held back and why, and approves what was read", async () => {
    let items = [waiting];
    const shown = await visit("/admin/ratings", {
      ...office,
      "GET /api/ratings": () => json({ items, total: items.length, page: 1, pageSize: 20 }),
      [`POST /api/ratings/${ratingId}/approve`]: () => {
        items = [];
        return json({ ...waiting, status: "approved" });
      },
    });
    await shown.reads("Link or address");
    await shown.button("Approve").trigger("click");
    await shown.reads("The rating is published.");
    await shown.reads("No rating waits to be read.");
    expect(shown.sent("POST", `/api/ratings/${ratingId}/approve`)[0]?.body).toEqual({ revision: 3 });
  });

  test("rejects with a reason only, and says when the rating was edited meanwhile", async () => {
    const shown = await visit("/admin/ratings", {
      ...office,
      [`POST /api/ratings/${ratingId}/reject`]: () =>
        problem(409, { detail: "The rating was edited meanwhile." }),
    });
    await shown.reads("See www.socks");
    await shown.button("Reject").trigger("click");
    const form = shown.page.find('form[aria-label="Reject the rating of Breton Crew"]');
    await form.trigger("submit");
    await shown.reads("The author is told why.");
    await shown.field("Reason").setValue("Advertises.");
    await form.trigger("submit");
    await shown.reads("Nothing was changed. The rating was edited meanwhile.");
    expect(shown.sent("POST", `/api/ratings/${ratingId}/reject`)[0]?.body).toEqual({
      reason: "Advertises.",
      revision: 3,
    });
  });

  test("is for staff only", async () => {
    const shown = await visit("/admin/ratings", {
      ...office,
      "GET /api/auth/get-session": () => json(account()),
    });
    await shown.reads("Staff only");
    expect(shown.sent("GET", "/api/ratings")).toHaveLength(0);
  });
});
