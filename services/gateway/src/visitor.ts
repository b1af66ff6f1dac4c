import type { Identity } from "@sockshop/contracts/identity.ts";
import type { Access } from "@sockshop/contracts/route.ts";
import { forbidden, unauthenticated } from "@sockshop/platform/problem.ts";
import type { z } from "zod";
import type { Accounts } from "./accounts.ts";
import type { user } from "./own-routes.ts";

/** Whoever a session belongs to: a guest or an account. */
export type Visitor = { sessionId: string; expiresAt: Date; user: z.infer<typeof user> };

export type FoundSession = NonNullable<Awaited<ReturnType<Accounts["api"]["getSession"]>>>;
type FoundUser = Pick<FoundSession["user"], "id" | "name" | "email"> & {
  role?: string | null | undefined;
  isAnonymous?: boolean | null | undefined;
};

export function visitorOf({ session, user }: FoundSession): Visitor {
  return { sessionId: session.id, expiresAt: session.expiresAt, user: publicUser(user) };
}

/** What a user may see of the own account; a guest's placeholder address is nobody's business. */
export function publicUser({ id, name, email, role, isAnonymous }: FoundUser): z.infer<typeof user> {
  if (isAnonymous) return { id, name, role: "guest", isAnonymous: true };
  return { id, name, email, role: role === "admin" ? "admin" : "customer", isAnonymous: false };
}

/** What the services are told. */
export function identityOf({ user: { id, name, email, role } }: Visitor): Identity {
  return role === "guest" ? { userId: id, role } : { userId: id, role, name, ...(email && { email }) };
}

/** Throws 401 or 403 when this visitor may not use a route; a shopper without a session is given one later. */
export function requireAccess(access: Access, visitor: Visitor | undefined): void {
  if (access === "public" || access === "shopper") return;
  if (!visitor || visitor.user.isAnonymous) throw unauthenticated();
  if (access === "admin" && visitor.user.role !== "admin") throw forbidden();
}
