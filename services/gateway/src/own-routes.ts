import type { Route } from "@sockshop/contracts/route.ts";
import { email, text, uuid } from "@sockshop/contracts/text.ts";
import { traces } from "@sockshop/contracts/tracing.ts";
import { z } from "zod";
import { passwordLength } from "./accounts.ts";

const withoutNul = (value: string) => !value.includes("\u0000");
const password = z
  .string()
  .min(passwordLength.min)
  .max(passwordLength.max)
  .refine(withoutNul, "must not contain NUL");

export const signUp = z.object({ name: text(120), email, password });
export const signIn = z.object({
  email,
  password: z.string().min(1).max(passwordLength.max).refine(withoutNul),
});

export const user = z.object({
  id: uuid,
  name: z.string(),
  /** Accounts only; a guest has none. */
  email: z.string().optional(),
  role: z.enum(["guest", "customer", "admin"]),
  isAnonymous: z.boolean(),
});
const entered = z.object({ user });
const session = z.object({ session: z.object({ id: uuid, expiresAt: z.string() }), user }).nullable();
const health = z.object({ status: z.literal("ready"), services: z.array(z.string()) });

/** What the gateway answers itself below /api; everything else there is a service's. */
export const ownRoutes = [
  {
    method: "post",
    path: "/auth/sign-up/email",
    access: "public",
    summary: "Register; a guest's cart and orders join the account",
    body: signUp,
    status: 200,
    response: entered,
  },
  {
    method: "post",
    path: "/auth/sign-in/email",
    access: "public",
    summary: "Sign in; a guest's cart and orders join the account",
    body: signIn,
    status: 200,
    response: entered,
  },
  {
    method: "post",
    path: "/auth/sign-out",
    access: "public",
    summary: "Sign out",
    status: 200,
    response: z.object({ success: z.boolean() }),
  },
  {
    method: "get",
    path: "/auth/get-session",
    access: "public",
    summary: "Who is signed in; null for nobody",
    status: 200,
    response: session,
  },
  {
    method: "get",
    path: "/health",
    access: "public",
    summary: "Ready only when every service the shop needs is",
    status: 200,
    response: health,
  },
  {
    method: "get",
    path: "/traces",
    access: "admin",
    summary: "Where traces are looked at: a trace's page is `url` with its trace id behind it",
    status: 200,
    response: traces,
  },
  {
    method: "get",
    path: "/openapi.json",
    access: "public",
    summary: "This description",
    status: 200,
    response: z.record(z.string(), z.unknown()),
  },
  {
    method: "get",
    path: "/docs",
    access: "public",
    summary: "This description as a page",
    status: 200,
    responseType: "text/html",
    response: z.string(),
  },
  {
    method: "get",
    path: "/docs/:file",
    access: "public",
    summary: "A part of that page",
    status: 200,
    responseType: "application/octet-stream",
    response: z.string(),
  },
] as const satisfies Route[];

export type OwnPath = (typeof ownRoutes)[number]["path"];
