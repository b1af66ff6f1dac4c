import type { Problem } from "@sockshop/contracts/problem.ts";

/** An answer that is not the one asked for, with the problem document that came with it. */
export class ProblemError extends Error {
  readonly problem: Problem & Record<string, unknown>;
  /** From the Location header: where what the request clashed with can be found. */
  readonly location: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, headers = new Headers()) {
    super(problem.detail ?? problem.title);
    this.name = "ProblemError";
    this.problem = problem;
    this.location = headers.get("location") ?? undefined;
    const seconds = Number(headers.get("retry-after"));
    this.retryAfterSeconds = seconds > 0 ? seconds : undefined;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The shop could not be reached or did not answer in time, so nobody knows whether it acted. */
export class UnreachableError extends Error {
  constructor() {
    super("The shop could not be reached.");
    this.name = "UnreachableError";
  }
}

/** What happened, in words for people. */
export function explain(error: unknown): string {
  if (error instanceof UnreachableError) return "The shop could not be reached. Check your connection.";
  if (!(error instanceof ProblemError)) return "Something unexpected went wrong in this page.";
  if (error.status === 429) return "Too many requests in a short time. Wait a moment, then try again.";
  if (error.status === 503) return "This part of the shop is away for a moment. Nothing of yours is lost.";
  if (error.status >= 500) return "The shop stumbled over this one. Nothing of yours is lost.";
  return error.message;
}

/** Messages of a 422 by field name; empty for every other error. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  const entries = (error.problem.errors ?? []).map(({ field, message }) => [field, message] as const);
  return Object.fromEntries(entries);
}

export function hasStatus(error: unknown, status: number): error is ProblemError {
  return error instanceof ProblemError && error.status === status;
}
