import { ProblemError, UnreachableError } from "./problem-error.ts";

type Options = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

const patienceMs = 20_000;
/** A little more than the gateway waits for a change, so that its answer is heard, whatever it is. */
const changePatienceMs = 65_000;

/** Asks the gateway; throws ProblemError for an error answer and UnreachableError when there was none. */
export async function request<Answer>(path: string, options: Options = {}): Promise<Answer> {
  const response = await send(path, options);
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

async function send(path: string, { method = "GET", query, body, headers, signal }: Options) {
  const timeout = AbortSignal.timeout(method === "GET" ? patienceMs : changePatienceMs);
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", ...headers },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  try {
    return await fetch(`/api${path}${queryString(query)}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new UnreachableError();
  }
}

/** A query as it stands in an address; what says nothing is left out. */
export function queryString(query: Options["query"] = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (set.length === 0) return "";
  return `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}

/** Reads an error answer; one that is no problem document (a proxy's page) becomes one with its status. */
async function problem(response: Response): Promise<ProblemError> {
  const document: unknown = await response.json().catch(() => undefined);
  const title = response.statusText || `Error ${response.status}`;
  const fallback = { type: "about:blank", title, status: response.status };
  const known = typeof document === "object" && document !== null ? document : {};
  return new ProblemError({ ...fallback, ...known }, response.headers);
}
