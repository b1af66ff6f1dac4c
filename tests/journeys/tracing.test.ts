import type { Traces } from "@sockshop/contracts/tracing.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { inDatabase } from "../shop-state.ts";
import { addProduct, buy, eventually, newShopper, type Shopper, signInAdmin, skuOf } from "../shopper.ts";

type Span = {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  kind?: string;
  localEndpoint: { serviceName: string };
  tags?: Record<string, string>;
};

const { url, admin: account } = inject("shop");
let admin: Shopper;
let traces: Traces;
beforeAll(async () => {
  admin = await signInAdmin(url, account);
  traces = (await admin.get<Traces>("/api/traces")).body;
});

/** Zipkin's answer about one trace; nothing while it has not heard of it. */
async function spansOf(traceId: string): Promise<Span[]> {
  const api = traces.url?.replace(/\/zipkin\/traces\/$/, "/api/v2/trace/");
  const response = await fetch(api + traceId).catch(() => undefined);
  return response?.ok ? ((await response.json()) as Span[]) : [];
}

test("one bought order is one trace, from the request at the door to the last subscriber", async ({
  skip,
}) => {
  if (!traces.url) return skip(`${traces.missing?.why} ${traces.missing?.whatToDo}`);
  await eventually(
    "Zipkin is up",
    async () => (await fetch(new URL("/health", traces.url)).catch(() => undefined))?.ok ?? false,
    60_000,
  );
  const product = await addProduct(admin, { stock: 5 });
  const order = await buy(newShopper(url), skuOf(product));
  expect(order.status).toBe("confirmed");
  const [placed] = await inDatabase<{ traceparent: string }>(
    "order",
    "select traceparent from events where subject = $1 order by version limit 1",
    [order.id],
  );
  const traceId = placed?.traceparent.slice(3, 35) ?? "";
  let spans: Span[] = [];
  const has = (service: string, name: RegExp) =>
    spans.some((span) => span.localEndpoint.serviceName === service && name.test(span.name));
  const expected: [string, RegExp][] = [
    ["gateway", /^post \/api\/orders/],
    ["gateway", /^calllocal\/order/],
    ["order", /^post \/orders/],
    ["order", /^insert events/],
    ["order", /^orchestration\|\|checkout/],
    ["order", /^activity reservestock/],
    ["catalog", /^post \/internal\/stock\/reserve/],
    ["payment", /^post \/internal\/payments\/capture/],
    ["order", /^publish orderconfirmed/],
    ["cart", /^pubsub\/order-events/],
    ["cart", /^apply orderconfirmed/],
    ["logging", /^apply orderconfirmed/],
    ["monitoring", /^apply orderconfirmed/],
    ["rating", /^apply orderconfirmed/],
  ];
  // Whose parent is in no span of the trace; sidecars send theirs some seconds later than services.
  const roots = () => {
    const ids = new Set(spans.map(({ id }) => id));
    return spans.filter(({ parentId }) => !parentId || !ids.has(parentId)).map(({ name }) => name);
  };
  await eventually(
    "Zipkin has the whole trace",
    async () => {
      spans = await spansOf(traceId);
      return expected.every(([service, name]) => has(service, name)) && roots().length === 1;
    },
    30_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; spans without a parent: ${roots().join(", ")}`);
  });
  expect(roots()).toEqual(["post /api/orders"]);
  expect(JSON.stringify(spans)).not.toMatch(/tok_visa|guest@example|\?[a-z]+=/);
});
