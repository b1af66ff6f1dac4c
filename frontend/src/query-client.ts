import { QueryClient } from "@tanstack/vue-query";
import { ProblemError } from "./problem-error.ts";

/** Reads are repeated only where waiting can help: no answer, too many requests, or a part that is away. */
export function worthRetrying(failures: number, error: Error): boolean {
  if (error instanceof ProblemError && error.status < 500 && error.status !== 429) return false;
  return failures < 2;
}

export function retryDelay(failures: number, error: Error): number {
  const asked = error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.min(Math.max(asked, 500 * 2 ** failures), 5000);
}

export const createQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      // A shop on localhost answers without a network, whatever the browser believes about being online.
      queries: { retry: worthRetrying, retryDelay, staleTime: 15_000, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  });
