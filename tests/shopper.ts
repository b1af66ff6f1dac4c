import { randomUUID } from "node:crypto";
import type { Cart } from "@sockshop/contracts/cart.ts";
import type { Product } from "@sockshop/contracts/catalog.ts";
import type { Order } from "@sockshop/contracts/order.ts";
import type { OwnRatings } from "@sockshop/contracts/rating.ts";

export type Answer<Body = unknown> = { status: number; headers: Headers; body: Body };
export type ProblemBody = { type: string; status: number; detail: string; [more: string]: unknown };

/** Somebody who uses the shop over HTTP and keeps cookies, as a browser would. */
export type Shopper = {
  send: <Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<Body>>;
  get: <Body = unknown>(path: string) => Promise<Answer<Body>>;
  post: <Body = unknown>(
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<Body>>;
  cookies: Map<string, string>;
  /** The `Cookie` header as it stands, for streams that are opened by other means. */
  cookieHeader: () => string;
};

export function newShopper(shopUrl: string): Shopper {
  const cookies = new Map<string, string>();
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const send: Shopper["send"] = async (method, path, body, headers = {}) => {
    const text = typeof body === "string";
    const response = await fetch(shopUrl + path, {
      method,
      headers: {
        ...(body === undefined || text ? {} : { "content-type": "application/json" }),
        ...(cookies.size > 0 ? { cookie: cookieHeader() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
    const content = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(content) : content) as never,
    };
  };
  return {
    send,
    get: (path) => send("GET", path),
    post: (path, body, headers) => send("POST", path, body, headers),
    cookies,
    cookieHeader,
  };
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const at = pair.indexOf("=");
  const gone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
  if (gone) cookies.delete(pair.slice(0, at));
  else cookies.set(pair.slice(0, at), pair.slice(at + 1));
}

export const address = {
  name: "Ada Byron",
  line1: "12 St James's Square",
  city: "London",
  postalCode: "SW1Y 4JH",
  country: "GB",
};
export const password = "correct horse battery";
export const newEmail = () => `shopper-${randomUUID()}@example.org`;

export async function signUp(shopper: Shopper, email = newEmail(), withPassword = password): Promise<string> {
  const answer = await shopper.post("/api/auth/sign-up/email", {
    name: "Ada Byron",
    email,
    password: withPassword,
  });
  if (answer.status !== 200)
    throw new Error(`sign-up was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return email;
}

/** Signs in as the administrator of this shop. */
export async function signInAdmin(
  shopUrl: string,
  admin: { email: string; password: string },
): Promise<Shopper> {
  const shopper = newShopper(shopUrl);
  const answer = await shopper.post("/api/auth/sign-in/email", admin);
  if (answer.status !== 200)
    throw new Error(
      `the administrator's sign-in was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
    );
  return shopper;
}

/** Adds a product of this test's own, so that nobody else changes its stock. */
export async function addProduct(
  admin: Shopper,
  options: { stock: number; priceCents?: number; variants?: number },
): Promise<Product> {
  const name = `Test sock ${randomUUID().slice(0, 8)}`;
  const variants = Array.from({ length: options.variants ?? 1 }, (_, index) => ({
    sku: `T-${randomUUID()}`,
    options: { size: ["S", "M", "L"][index] ?? String(index) },
    priceCents: options.priceCents ?? 1250,
    stock: options.stock,
  }));
  const answer = await admin.post<Product>("/api/catalog/products", { name, category: "Tests", variants });
  if (answer.status !== 201)
    throw new Error(`adding a product was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export const skuOf = (product: Product, index = 0): string => product.variants[index]?.sku ?? "";
export const available = async (shopper: Shopper, product: Product) =>
  (await shopper.get<Product>(`/api/catalog/products/${product.id}`)).body.available;

export async function fillCart(shopper: Shopper, sku: string, quantity = 1): Promise<Cart> {
  const answer = await shopper.post<Cart>("/api/cart/items", { sku, quantity });
  if (answer.status !== 200)
    throw new Error(`adding to the cart was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export function orderBody(cart: { version: number }, token = "tok_visa", email = "guest@example.org") {
  return { email, shippingAddress: address, payment: { token }, cart: { version: cart.version } };
}

/** Sends one order with a key of its own. */
export const placeOrder = (
  shopper: Shopper,
  cart: { version: number },
  token = "tok_visa",
  key: string = randomUUID(),
) =>
  shopper.post<{ id: string; status: string; cart?: Cart }>("/api/orders", orderBody(cart, token), {
    "idempotency-key": key,
  });

/** Fills the cart, orders, and waits for the end of the checkout. */
export async function buy(
  shopper: Shopper,
  sku: string,
  options: { quantity?: number; token?: string } = {},
): Promise<Order> {
  const placed = await placeOrder(shopper, await fillCart(shopper, sku, options.quantity), options.token);
  if (placed.status !== 202)
    throw new Error(`the order was answered ${placed.status}: ${JSON.stringify(placed.body)}`);
  return settled(shopper, placed.body.id);
}

/** Buys a product and has it delivered; resolves with the order's id as soon as it may be rated. */
export async function receive(shopper: Shopper, admin: Shopper, product: Product): Promise<string> {
  const { id } = await buy(shopper, skuOf(product));
  for (const step of ["ship", "deliver"]) {
    const { status } = await admin.post(`/api/orders/${id}/${step}`);
    if (status !== 200) throw new Error(`${step} of order ${id} was answered ${status}`);
  }
  await eventually("the delivered product may be rated", async () => {
    const { body } = await shopper.get<OwnRatings>(`/api/ratings/mine?orderId=${id}`);
    return body.rateable.length > 0;
  });
  return id;
}

/** The order as soon as its checkout has ended. */
export const settled = (shopper: Shopper, id: string, timeoutMs = 30_000) =>
  orderWhen(shopper, id, (order) => order.status !== "placed", timeoutMs);

/** The order as soon as it meets a condition; throws with its timeline when it does not in time. */
export async function orderWhen(
  shopper: Shopper,
  id: string,
  condition: (order: Order) => boolean,
  timeoutMs = 30_000,
): Promise<Order> {
  const deadline = Date.now() + timeoutMs;
  // Many who look ten times a second would keep the shop busier than their orders do.
  for (let pauseMs = 100; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
    const { status, body } = await shopper
      .get<Order>(`/api/orders/${id}`)
      .catch(() => ({ status: 0, body: {} as Order }));
    if (status === 200 && condition(body)) return body;
    if (Date.now() > deadline)
      throw new Error(
        `order ${id} is ${body.status} (${status}) after ${timeoutMs} ms: ${JSON.stringify(body.timeline)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Waits until a condition holds, looking less often the longer it takes; throws with `what` when it does not in time. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const started = Date.now();
  let cause: unknown;
  const holds = () =>
    condition().catch((error: unknown) => {
      cause = error;
      return false;
    });
  while (!(await holds())) {
    const passed = Date.now() - started;
    if (passed > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, Math.min(100 + passed / 20, 1_000)));
  }
}

/** Does something `count` times, so many at a time. */
export async function atOnce(
  width: number,
  count: number,
  work: (nr: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
