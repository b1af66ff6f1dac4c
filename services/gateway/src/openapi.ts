import { cart } from "@sockshop/contracts/cart.ts";
import { product, variant } from "@sockshop/contracts/catalog.ts";
import { order } from "@sockshop/contracts/order.ts";
import { problem } from "@sockshop/contracts/problem.ts";
import { rating } from "@sockshop/contracts/rating.ts";
import type { Route } from "@sockshop/contracts/route.ts";
import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";

/** The OpenAPI 3.1 description of every public route, made from the same table that lets requests through. */
export function openApiDocument(routes: Record<string, Route[]>) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [tag, list] of Object.entries(routes)) {
    for (const route of list) {
      const path = `/api${route.path.replace(/:(\w+)/g, "{$1}")}`;
      paths[path] = { ...paths[path], [route.method]: operation(tag, route) };
    }
  }
  return createDocument(
    {
      openapi: "3.1.0",
      info: { title: "SockShop", version: "1.0.0", description },
      // Relative, so that the page calls the very address it was loaded from, with its cookie.
      servers: [{ url: "/" }],
      paths,
      components: {
        schemas: {
          Problem: problem,
          Product: product,
          Variant: variant,
          Cart: cart,
          Order: order,
          Rating: rating,
        },
        securitySchemes: { session: { type: "apiKey", in: "cookie", name: "sockshop.session_token" } },
      },
    },
    { override: withoutPattern },
  );
}

/** A format says it better than the regular expression that checks it. */
function withoutPattern({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }): void {
  if (jsonSchema.format) delete jsonSchema.pattern;
}

const description = `Errors are RFC 9457 problem documents with a stable \`type\`. Money is integer minor units with an ISO 4217 currency.
A cart or order call without a session begins a guest's; its cookie must be sent back.`;

function operation(tag: string, route: Route): ZodOpenApiOperationObject {
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, z.string()]);
  return {
    tags: [tag],
    summary: route.summary,
    operationId: `${route.method}${route.path.replace(/[^a-zA-Z]+(.)?/g, (_, next = "") => next.toUpperCase())}`,
    ...(route.access !== "public" && { security: [{ session: [] }] }),
    requestParams: {
      ...(parameters.length > 0 && { path: z.object(Object.fromEntries(parameters)) }),
      ...(route.query && { query: route.query }),
      ...(route.headers && { header: route.headers }),
    },
    ...(route.body && {
      requestBody: {
        required: true,
        content: { [route.bodyType ?? "application/json"]: { schema: route.body } },
      },
    }),
    responses: responses(route),
  };
}

function responses(route: Route): ZodOpenApiResponsesObject {
  const type = route.responseType ?? "application/json";
  const success = {
    description: route.summary,
    ...(route.response && { content: { [type]: { schema: route.response } } }),
  };
  return Object.fromEntries([
    [String(route.status), success],
    ...refusals(route).map((status) => [String(status), refused(status)]),
  ]) as ZodOpenApiResponsesObject;
}

/** The error statuses a route can have, by what it takes and who may call it. */
function refusals(route: Route): number[] {
  return [
    400,
    ...(route.access === "customer" || route.access === "admin" ? [401] : []),
    ...(route.path.endsWith("/sign-in/email") ? [401] : []),
    403,
    404,
    ...(route.method === "get" ? [] : [409]),
    ...(route.body ? [413, 415] : []),
    ...(route.body || route.query ? [422] : []),
    429,
    503,
  ];
}

const meanings: Record<number, string> = {
  400: "The request cannot be read",
  401: "Sign in first",
  403: "Not allowed",
  404: "Not found",
  409: "It clashes with how things stand",
  413: "The body is too large",
  415: "Not the media type that is taken here",
  422: "Some fields are not right",
  429: "Too many requests; see Retry-After",
  503: "Not available just now; see Retry-After",
};

const refused = (status: number) => ({
  description: meanings[status] ?? "An error",
  content: { "application/problem+json": { schema: problem } },
});
