import { Problem, unauthenticated, unavailable } from "@sockshop/platform/problem.ts";
import { isAPIError } from "better-auth/api";

export const emailTaken = () =>
  new Problem(409, "email-taken", "There is an account with this e-mail address already. Sign in instead.", {
    extra: { errors: [{ field: "email", message: "is taken" }] },
  });

const invalidCredentials = () =>
  new Problem(401, "invalid-credentials", "The e-mail address or the password is not right.");

/** An error of the account library as a problem of ours; anything else as it is. */
export function asAccountProblem(error: unknown): unknown {
  if (!isAPIError(error)) return error;
  const { code } = (error.body ?? {}) as { code?: string };
  switch (code) {
    case "INVALID_EMAIL_OR_PASSWORD":
      return invalidCredentials();
    case "USER_ALREADY_EXISTS":
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
      return emailTaken();
    case "FAILED_TO_GET_SESSION":
      // With a cause the database failed it; without one the session ended while it was read.
      return error.cause ?? unauthenticated();
    case "FAILED_TO_CREATE_USER":
    case "FAILED_TO_CREATE_SESSION":
      return error.cause ?? unavailable("The account database");
    default:
      return error;
  }
}

/** Calls the account library, and throws problems of ours in place of its errors. */
export async function asking<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw asAccountProblem(error);
  }
}
