import { describe, expect, test } from "vitest";
import { safeReturn } from "../src/session/safe-return.ts";
import { aPage, aProduct } from "./goods.ts";
import { eventually, json, problem, type Shop, visit } from "./storefront.ts";

const ada = { user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role: "user" } };

/** A shop that knows Ada once she has signed in. */
function shopOfAda(more: Shop = {}): Shop {
  let session: unknown = null;
  const enter = () => {
    session = ada;
    return json({ token: "t", user: ada.user });
  };
  return {
    "GET /api/auth/get-session": () => json(session),
    "POST /api/auth/sign-in/email": enter,
    "POST /api/auth/sign-up/email": enter,
    "POST /api/auth/sign-out": () => {
      session = null;
      return json({ success: true });
    },
    "GET /api/catalog/products": () => json(aPage([aProduct()])),
    "GET /api/orders": () => json({ items: [], total: 0, page: 1, pageSize: 20 }),
    ...more,
  };
}

async function signIn(shown: Awaited<ReturnType<typeof visit>>) {
  await shown.reads("Welcome back");
  await shown.field("E-mail").setValue("ada@example.com");
  await shown.field("Password").setValue("correct horse");
  await shown.button("Sign in").trigger("submit");
}

describe("signing in", () => {
  test("goes back to where one was, and out again to the shop", async () => {
    const shown = await visit("/sign-in?return=/orders", shopOfAda());
    await signIn(shown);
    await eventually(() => expect(shown.router.currentRoute.value.path).toBe("/orders"));
    await shown.reads("Ada");
    await shown.button("Sign out").trigger("click");
    await shown.reads("You are signed out.");
    await shown.reads("Sign in");
  });

  test("says when address or password is wrong", async () => {
    const shown = await visit("/sign-in", shopOfAda({ "POST /api/auth/sign-in/email": () => problem(401) }));
    await signIn(shown);
    await shown.reads("The e-mail address or the password is not right.");
  });

  test("never leads to another site", () => {
    const targets = [
      "//evil.example",
      "https://evil.example",
      "/\\evil.example",
      undefined,
      "javascript:alert(1)",
    ];
    expect(targets.map(safeReturn)).toEqual(["/", "/", "/", "/", "/"]);
    expect(safeReturn("/checkout?x=1")).toBe("/checkout?x=1");
  });
});

describe("signing up", () => {
  test("shows the shop's objection at its field", async () => {
    const errors = [{ field: "email", message: "is already in use" }];
    const shown = await visit(
      "/sign-up",
      shopOfAda({ "POST /api/auth/sign-up/email": () => problem(422, { detail: "Taken.", errors }) }),
    );
    await shown.reads("Make an account");
    await shown.field("E-mail").setValue("ada@example.com");
    await shown.button("Sign up").trigger("submit");
    await shown.reads("Is already in use.");
  });
});

test("the administrator's pages are for administrators", async () => {
  const shown = await visit("/admin", shopOfAda({ "GET /api/auth/get-session": () => json(ada) }));
  await shown.reads("Staff only");
  expect(shown.sent("GET", "/api/orders")).toHaveLength(0);
});
