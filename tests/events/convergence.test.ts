import { execFileSync } from "node:child_process";
import type { Cart } from "@sockshop/contracts/cart.ts";
import { topics } from "@sockshop/contracts/topics.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { repository } from "../../scripts/state-folder.ts";
import { redis } from "../redis.ts";
import { apps, converged, inDatabase } from "../shop-state.ts";
import {
  addProduct,
  available,
  buy,
  eventually,
  fillCart,
  newShopper,
  placeOrder,
  type Shopper,
  settled,
  signInAdmin,
  skuOf,
} from "../shopper.ts";

const { url, stateDir, portOffset, admin: adminAccount } = inject("shop");
let admin: Shopper;
beforeAll(async () => {
  admin = await signInAdmin(url, adminAccount);
});

/** Runs the operator's command as a person would. */
const events = (...args: string[]): string =>
  execFileSync(process.execPath, ["scripts/events.ts", ...args], {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, SOCKSHOP_STATE: stateDir, SOCKSHOP_PORT_OFFSET: String(portOffset) },
  });

type ReadModel = { app: string; name: string; tables: string[] };
async function readModels(): Promise<ReadModel[]> {
  return events()
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [, app = "", names = ""] = /^(\w+): read models ([^;]*);/.exec(line) ?? [];
      return names === "none" ? [] : names.split(", ").map((name) => ({ app, name, tables: [] }));
    });
}

/** What Monitoring learns by looking at the shop, and Logging from log lines: it changes with time, and has tests of its own. */
const looked = ["service_states", "state_changes", "samples", "alerts"];
const logged = ["log_batches", "partitions", "projections", "chain_head", "error_counts", "route_times"];

/** Every row of every other table that is not the platform's, as text, in an order of its own. */
async function contentsOf(app: string): Promise<Record<string, string[]>> {
  const platform = ["streams", "events", "topic_heads", "inbox", "checkpoints", "parked", "migrations"];
  const tables = await inDatabase<{ name: string }>(
    app,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace
       and relkind in ('r', 'p') and not relispartition and not (relname = any($1))`,
    [[...platform, ...looked, ...logged]],
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    // Of Logging's records those that are events; log lines come all the time.
    const which = name === "records" ? "where topic is not null and topic <> 'alert-events'" : "";
    const rows = await inDatabase<{ row: string }>(
      app,
      `select to_jsonb(t)::text as row from ${name} t ${which}`,
    );
    contents[name] = rows.map(({ row }) => row).sort();
  }
  return contents;
}

test("Redis is emptied in the middle of 50 checkouts: every order ends, and every consumer catches up within 60 s", async () => {
  const product = await addProduct(admin, { stock: 100 });
  const buyers = Array.from({ length: 50 }, () => newShopper(url));
  const placed = await Promise.all(
    buyers.map(async (shopper, index) => {
      const cart = await fillCart(shopper, skuOf(product));
      if (index === 25) await redis("FLUSHALL");
      return { shopper, answer: await placeOrder(shopper, cart) };
    }),
  );
  await redis("FLUSHALL");
  const orders = await Promise.all(
    placed.map(({ shopper, answer }) => settled(shopper, answer.body.id, 90_000)),
  );
  expect(orders.map(({ status }) => status)).toEqual(orders.map(() => "confirmed"));
  await eventually("every consumer stands at its source's head", converged, 60_000);
  for (const shopper of buyers) expect((await shopper.get<Cart>("/api/cart")).body.items).toEqual([]);
  expect(await available(admin, product)).toBe(50);
}, 200_000);

test("every event replayed three times changes no read model", async () => {
  await buy(newShopper(url), skuOf(await addProduct(admin, { stock: 5 })));
  await eventually("everything was applied", converged, 60_000);
  const before = await Promise.all(apps.map(contentsOf));
  const published = events().matchAll(/publishes ([^;]*);/g);
  const names = [...published].flatMap(([, list = ""]) => list.split(", ")).filter((name) => name in topics);
  expect(names.length).toBeGreaterThanOrEqual(4);
  for (let round = 0; round < 3; round++) {
    for (const topic of names) expect(events("replay", topic)).toContain(topic);
    await eventually("all was published again", async () => {
      const lags = await Promise.all(
        apps.map((app) =>
          inDatabase<{ lag: string }>(app, "select head - published as lag from topic_heads"),
        ),
      );
      return lags.flat().every(({ lag }) => Number(lag) === 0);
    });
  }
  await eventually("everything was applied", converged, 60_000);
  expect(await Promise.all(apps.map(contentsOf))).toEqual(before);
}, 120_000);

test("every read model is rebuilt from events to the same rows while the shop serves", async () => {
  const product = await addProduct(admin, { stock: 50 });
  await eventually("everything was applied", converged, 60_000);
  let stop = false;
  const customers = Array.from({ length: 3 }, async () => {
    while (!stop) expect((await buy(newShopper(url), skuOf(product))).status).toBe("confirmed");
  });
  const models = await readModels();
  expect(models.length).toBeGreaterThanOrEqual(4);
  for (const { name } of models) expect(events("rebuild", name)).toContain("made anew");
  stop = true;
  await Promise.all(customers);
  await eventually("everything was applied", converged, 60_000);
  const before = await Promise.all(apps.map(contentsOf));
  for (const { name } of models) events("rebuild", name);
  expect(await Promise.all(apps.map(contentsOf))).toEqual(before);
}, 180_000);
