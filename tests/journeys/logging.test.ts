import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { StoredLog, StoredRecord } from "@sockshop/contracts/logging.ts";
import { logRoutes } from "@sockshop/contracts/logging.ts";
import { afterEach, beforeAll, expect, inject, test } from "vitest";
import { repository } from "../../scripts/state-folder.ts";
import { inDatabase } from "../shop-state.ts";
import {
  addProduct,
  address,
  buy,
  newShopper,
  password,
  type Shopper,
  signInAdmin,
  signUp,
  skuOf,
} from "../shopper.ts";

const { url, stateDir, portOffset, admin: adminAccount } = inject("shop");
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

type Items<Item> = { items: Item[]; nextCursor?: string };
const logs = async (query: string) => (await admin.get<Items<StoredLog>>(`/api/logs?${query}`)).body.items;

/** Asks for something that does not exist, so that the log has a line which nobody else can have caused. */
async function leaveALine(): Promise<string> {
  const slug = `no-such-sock-${randomUUID()}`;
  expect((await newShopper(url).get(`/api/catalog/products/${slug}`)).status).toBe(404);
  return slug;
}

/** Runs the operator's command as a person would. */
const operate = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, SOCKSHOP_STATE: stateDir, SOCKSHOP_PORT_OFFSET: String(portOffset) },
  });

test("an order's timeline tells across all services what happened to it, and nothing personal", async () => {
  const shopper = newShopper(url);
  const email = await signUp(shopper);
  const order = await buy(shopper, skuOf(await addProduct(admin, { stock: 5 })));
  expect(order.status).toBe("confirmed");
  const told = async () =>
    (await admin.get<Items<StoredRecord>>(`/api/logs/timeline?orderId=${order.id}`)).body.items;
  await expect
    .poll(async () => (await told()).flatMap((item) => (item.kind === "event" ? item.type : [])), {
      timeout: 20_000,
    })
    .toEqual(
      expect.arrayContaining([
        "OrderPlaced",
        "StockReserved",
        "PaymentAuthorized",
        "StockCommitted",
        "PaymentCaptured",
        "OrderConfirmed",
        "CartOrdered",
      ]),
    );
  await expect
    .poll(async () => (await told()).flatMap((item) => (item.kind === "log" ? item.service : [])), {
      timeout: 20_000,
    })
    .toEqual(expect.arrayContaining(["gateway", "order"]));
  const [{ found } = { found: "" }] = await inDatabase<{ found: string }>(
    "logging",
    `select count(*) as found from records
     where to_jsonb(records)::text ilike any($1)`,
    [
      [email, password, "tok_visa", address.line1, address.name, "better-auth.session_token"].map(
        (text) => `%${text}%`,
      ),
    ],
  );
  expect(Number(found)).toBe(0);
});

test("a line of any service is found by its words, and by its trace what belongs to it", async () => {
  const slug = await leaveALine();
  await expect
    .poll(async () => (await logs(`search=${slug}`)).map(({ service }) => service).sort(), {
      timeout: 20_000,
    })
    .toEqual(["catalog", "gateway"]);
  const [line] = await logs(`search=${slug}&service=catalog&level=info`);
  expect(line).toMatchObject({ message: "request", fields: { status: 404 } });
  const trace = await admin.get<Items<StoredLog>>(`/api/logs/timeline?traceId=${line?.traceId}`);
  expect(trace.body.items.map(({ service }) => service)).toEqual(
    expect.arrayContaining(["catalog", "gateway"]),
  );
});

test("the live tail shows a line as it is stored", async () => {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/logs/stream?service=catalog`, {
    headers: { cookie: admin.cookieHeader() },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  const heard = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true });
  })().catch(() => {});
  const slug = await leaveALine();
  await expect.poll(() => text, { timeout: 20_000 }).toContain(slug);
  expect(text).toMatch(/^id: \d+\nevent: log\ndata: \{/m);
  abort.abort();
  await heard;
});

test("every event is in the explorer, by topic and by subject", async () => {
  const product = await addProduct(admin, { stock: 7 });
  const events = async () =>
    (await admin.get<Items<StoredRecord>>(`/api/logs/events?topic=product-events&subject=${product.id}`)).body
      .items;
  await expect.poll(async () => (await events()).length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect((await events()).at(-1)).toMatchObject({ kind: "event", type: "ProductAdded", service: "catalog" });
});

test("every event is stored once, however often it is published", async () => {
  const isWhole = async () => {
    const [source] = await inDatabase<{ head: string; waiting: string }>(
      "order",
      "select head, head - published as waiting from topic_heads where topic = 'order-events'",
    );
    const [stored] = await inDatabase<{ rows: string; positions: string }>(
      "logging",
      "select count(*) as rows, count(distinct position) as positions from records where topic = 'order-events'",
    );
    const places = new Set([source?.head, stored?.rows, stored?.positions]);
    return places.size === 1 && source?.waiting === "0";
  };
  for (let round = 0; round < 3; round++) {
    expect(operate("events", "replay", "order-events").status).toBe(0);
    await expect.poll(isWhole, { timeout: 20_000 }).toBe(true);
  }
});

test("nobody but an administrator is answered", async () => {
  const customer = newShopper(url);
  await signUp(customer);
  for (const { path } of logRoutes) {
    expect([path, (await customer.get(`/api${path}`)).status]).toEqual([path, 403]);
    expect([path, (await newShopper(url).get(`/api${path}`)).status]).toEqual([path, 401]);
  }
});

test("storing log records makes none: a quiet shop's store hears of nothing but itself", async () => {
  const deliveries = await inDatabase(
    "logging",
    "select 1 from records where topic is null and data->>'path' = '/events/log-events' limit 1",
  );
  expect(deliveries).toEqual([]);
});

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

test("the chain is verified, and one byte changed in one record is found and named", async () => {
  const whole = operate("logging-verify");
  expect(whole.stderr).toBe("");
  expect(whole.stdout).toMatch(/The chain is whole: \d+ records/);
  expect(whole.status).toBe(0);
  const [record] = await inDatabase<{ seq: string; message: string }>(
    "logging",
    "select seq, message from records where topic = 'order-events' and message = 'OrderPlaced' order by seq limit 1",
  );
  const change = (message: string) =>
    inDatabase("logging", "update records set message = $2 where seq = $1", [record?.seq, message]);
  undo.push(() => change(String(record?.message)));
  await change("OrderPlacee");
  const broken = operate("logging-verify");
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain(`broken at record ${record?.seq}:`);
});
