import type { z } from "zod";

/**
 * Who may call a public route: `public` anyone, `shopper` a guest or customer (a session is begun when there is none),
 * `customer` a signed-in account, `admin` an administrator.
 */
export type Access = "public" | "shopper" | "customer" | "admin";

/**
 * One public route as the gateway offers it below `/api` and its service serves it without that prefix.
 * Path parameters are written `:name`.
 */
export type Route = {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  access: Access;
  summary: string;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** Media type of the request body; application/json unless said otherwise. */
  bodyType?: string;
  status: number;
  response?: z.ZodType;
  /** Media type of the answer; application/json unless said otherwise. */
  responseType?: string;
};
