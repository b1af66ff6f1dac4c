import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Cart } from "@sockshop/contracts/cart.ts";
import { type Topic, topics } from "@sockshop/contracts/topics.ts";
import { beforeAll, expect, inject, test } from "vitest";
import { repository } from "../../scripts/state-folder.ts";
import { redis } from "../redis.ts";
import { apps, converged, inDatabase, setting } from "../shop-state.ts";
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

/** Runs the operator's command as a person would, while the customers of a test go on. */
const events = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/events.ts", ...args], {
    cwd: repository,
    env: { ...process.env, SOCKSHOP_STATE: stateDir, SOCKSHOP_PORT_OFFSET: String(portOffset) },
  });
  return stdout;
};

type ReadModel = { app: string; name: string; tables: string[] };
async function readModels(): Promise<ReadModel[]> {
  return (await events())
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [, app = "", names = ""] = /^(\w+): read models ([^;]*);/.exec(line) ?? [];
      return names === "none" ? [] : names.split(", ").map((name) => ({ app, name, tables: [] }));
    });
}

/** What Monitoring learns by looking at the shop, and Logging from log lines: it changes with time, and has tests of its own. */
const looked = ["service_states", "state_changes", "samples", "traffic", "alerts"];
const logged = [
  ...["log_batches", "log_senders", "log_gaps", "partitions", "projections", "chain_head"],
  ...["error_counts", "route_times"],
];

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
  const published = (await events()).matchAll(/publishes ([^;]*);/g);
  const names = [...published].flatMap(([, list = ""]) => list.split(", ")).filter((name) => name in topics);
  expect(names.length).toBeGreaterThanOrEqual(4);
  for (let round = 0; round < 3; round++) {
    for (const topic of names) expect(await events("replay", topic)).toContain(topic);
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

/** Hands an app's events to it as its sidecar would, in whatever order they are given. */
async function deliver(app: string, topic: Topic, given: unknown[]): Promise<void> {
  for (let at = 0; at < given.length; at += 100) {
    const entries = given.slice(at, at + 100).map((event, nr) => ({ entryId: String(nr), event }));
    const response = await fetch(`http://127.0.0.1:${setting(app, "APP_PORT")}/events/${topic}`, {
      method: "POST",
      headers: { "content-type": "application/json", "dapr-api-token": setting(app, "APP_API_TOKEN") },
      body: JSON.stringify({ entries }),
    });
    expect([app, topic, response.status]).toEqual([app, topic, 200]);
  }
}

/** The apps that have a consumer of the topic; more may read it. */
async function hearersOf(topic: Topic): Promise<string[]> {
  const heard = await Promise.all(
    apps.map((app) => inDatabase(app, "select 1 from checkpoints where topic = $1 limit 1", [topic])),
  );
  return apps.filter((_app, index) => heard[index]?.length);
}

/** Every event of a topic as its source publishes it. */
const eventsOf = (topic: Topic) =>
  inDatabase<{ event: unknown }>(
    topics[topic].source,
    `select jsonb_build_object('specversion', '1.0', 'id', id, 'source', $2::text, 'type', type, 'subject', subject,
       'time', to_char(time at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'datacontenttype', 'application/json',
       'position', position, 'data', data) as event
     from events where topic = $1 and position is not null`,
    [topic, topics[topic].source],
  ).then((rows) => rows.map(({ event }) => event));

test("every event delivered three times more, shuffled, to everyone who hears it changes nothing", async () => {
  await eventually("everything was applied", converged, 60_000);
  const before = await Promise.all(apps.map(contentsOf));
  const names = (Object.keys(topics) as Topic[]).filter((topic) => topic !== "alert-events");
  for (const topic of names) {
    const all = await eventsOf(topic);
    const shuffled = [...all, ...all, ...all].sort(() => Math.random() - 0.5);
    for (const app of await hearersOf(topic)) await deliver(app, topic, shuffled);
  }
  await eventually("everything was applied", converged, 60_000);
  expect(await Promise.all(apps.map(contentsOf))).toEqual(before);
}, 120_000);

/** What Logging's counts say and its records up to there do not, and the other way round: of one moment. */
const miscounted = () =>
  inDatabase(
    "logging",
    `with counts as (
       select 'errors' as what, minute as since, service, null as route, sum(errors) as one, sum(warnings) as other
       from error_counts group by 2, 3
       union all
       select 'routes', hour, service, method || route, sum(requests), sum(failed) from route_times group by 2, 3, 4
     ), records_told as (
       select 'errors' as what, date_trunc('minute', time) as since, service, null as route,
              count(*) filter (where level <> 'warn') as one, count(*) filter (where level = 'warn') as other
       from records where level in ('warn', 'error', 'fatal')
         and seq <= (select seq from projections where name = 'error-counts') group by 2, 3
       union all
       select 'routes', date_trunc('hour', time), service, (data->>'method') || (data->>'route'),
              count(*), count(*) filter (where (data->>'status')::int >= 500)
       from records where topic is null and message = 'request' and data ? 'method' and data ? 'route'
         and not data ? 'stream' and seq <= (select seq from projections where name = 'route-times') group by 2, 3, 4
     )
     (select * from counts except select * from records_told) union all (select * from records_told except select * from counts)`,
  );

test("Logging's counts are what its records say, also when they are rebuilt while records come", async () => {
  expect(await miscounted()).toEqual([]);
  let stop = false;
  const visitors = Array.from({ length: 3 }, async () => {
    while (!stop) await newShopper(url).get(`/api/catalog/products/no-such-sock`);
  });
  for (const name of ["error-counts", "route-times"]) {
    await inDatabase("logging", `delete from ${name.replace("-", "_")}`);
    expect(await miscounted()).not.toEqual([]);
    expect(await events("rebuild", name)).toContain("made anew");
  }
  expect(await miscounted()).toEqual([]);
  stop = true;
  await Promise.all(visitors);
  expect(await miscounted()).toEqual([]);
}, 60_000);

test("every read model is rebuilt from events to the same rows while the shop serves", async () => {
  const product = await addProduct(admin, { stock: 1_000 });
  await eventually("everything was applied", converged, 60_000);
  let stop = false;
  const customers = Array.from({ length: 3 }, async () => {
    while (!stop) expect((await buy(newShopper(url), skuOf(product))).status).toBe("confirmed");
  });
  const models = await readModels();
  expect(models.length).toBeGreaterThanOrEqual(4);
  for (const { name } of models) expect(await events("rebuild", name)).toContain("made anew");
  stop = true;
  await Promise.all(customers);
  await eventually("everything was applied", converged, 60_000);
  const before = await Promise.all(apps.map(contentsOf));
  for (const { name } of models) await events("rebuild", name);
  expect(await Promise.all(apps.map(contentsOf))).toEqual(before);
}, 180_000);
