import { afterAll, beforeAll, expect, test } from "vitest";
import { readPid } from "../../scripts/pids.ts";
import { askRedis } from "../redis.ts";
import { eventually } from "../shopper.ts";
import { type Mesh, openMesh, type Taken } from "./mesh.ts";
import { type StandIn, standIn } from "./stand-in-app.ts";

// What resiliency.yaml says is seen with each setting and without it. So that this takes one hanging of Redis and not many,
// order's sidecar has all of them while others, which publish topics of their own, each go without some.
let mesh: Mesh;
const apps: Record<string, StandIn> = {};
const components = ["pubsub", "log-pubsub"] as const;
type PubSub = (typeof components)[number];
const topics: Record<string, string> = {
  order: "order-events",
  cart: "cart-events",
  catalog: "product-events",
  rating: "rating-events",
};
const heard = { pubsub: "order-events", "log-pubsub": "log-events" };

/** Takes a setting away where messages come in or go out. */
const without = (way: "inbound" | "outbound", setting: string): Taken => ({
  change: {
    "resiliency.yaml": ({ spec }) => {
      for (const component of components) delete spec.targets?.components[component]?.[way][setting];
    },
  },
});
const lacking = {
  cart: without("outbound", "timeout"),
  catalog: without("outbound", "retry"),
  rating: without("outbound", "circuitBreaker"),
};

const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
const capture = async () => {
  const response = await mesh.ask("order", "/v1.0/invoke/payment/method/internal/payments/capture", json);
  return { status: response.status, text: await response.text() };
};
const timesHeard = async (call: () => Promise<unknown>) => {
  const before = apps.payment?.heard.length ?? 0;
  await call();
  return (apps.payment?.heard.length ?? 0) - before;
};
/** What the sidecar answers, or that it did not while its app had patience. */
const publish = async (app: string, component: PubSub, patience = 30_000) => {
  const path = `/v1.0/publish/${component}/${component === "pubsub" ? topics[app] : "log-events"}`;
  try {
    const response = await mesh.ask(app, path, { ...json, signal: AbortSignal.timeout(patience) });
    return `${response.status} ${await response.text()}`;
  } catch {
    return "no answer";
  }
};

/** Resolves once all sidecars publish again, which also closes their breakers. */
async function whileRedisHangs<Seen>(look: () => Promise<Seen>): Promise<Seen> {
  const redis = readPid(mesh.state.pidFile("redis")) ?? 0;
  process.kill(redis, "SIGSTOP");
  try {
    return await look();
  } finally {
    process.kill(redis, "SIGCONT");
    for (const app of Object.keys(topics))
      for (const component of components)
        await eventually(`${app} publishes again`, async () => /^204/.test(await publish(app, component)));
  }
}

beforeAll(async () => {
  mesh = await openMesh();
  for (const app of ["payment", "order"]) apps[app] = await standIn(mesh.service(app).port);
  apps.logging = await standIn(
    mesh.service("logging").port,
    components.map((pubsubname) => ({ pubsubname, topic: heard[pubsubname], route: `/${pubsubname}` })),
  );
  await Promise.all(["payment", "order", "logging"].map((app) => mesh.sidecar(app)));
  await Promise.all(Object.entries(lacking).map(([app, taken]) => mesh.sidecar(app, taken)));
  const reached = async () => {
    const { status, text } = await capture();
    if (status !== 200) throw new Error(`order's sidecar answers ${status} ${text}`);
    return true;
  };
  await eventually("order reaches payment", reached, 60_000);
}, 120_000);

afterAll(async () => {
  await mesh?.close();
  await Promise.all(Object.values(apps).map((app) => app.close()));
}, 60_000);

test("a call whose answer is lost is not repeated by a sidecar, which it would be by a policy that repeats", async () => {
  apps.payment?.answerWith("torn");
  expect(await timesHeard(capture)).toBe(1);
  const repeating: Taken = {
    change: {
      "resiliency.yaml": ({ spec }) => {
        Object.assign(spec.policies?.retries.never ?? {}, { duration: "100ms", maxRetries: 2 });
      },
    },
  };
  await mesh.sidecar("order", repeating);
  await eventually("it is repeated", async () => (await timesHeard(capture)) > 1);
  apps.payment?.answerWith(200);
  await mesh.sidecar("order");
});

test("refusals close no app to others, which they would with a circuit breaker", async () => {
  const refusals = async () => {
    apps.payment?.answerWith(404);
    for (let asked = 0; asked < 12; asked += 1) await capture();
    apps.payment?.answerWith(200);
    return capture();
  };
  expect((await refusals()).status).toBe(200);
  await mesh.sidecar("order", {
    change: {
      "resiliency.yaml": ({ spec }) => {
        Object.assign(spec.policies?.circuitBreakers.broker ?? {}, { timeout: "60s" });
        Object.assign(spec.targets?.apps.payment ?? {}, { circuitBreaker: "broker" });
      },
    },
  });
  expect((await refusals()).text).toMatch(/circuit breaker is open/);
  await mesh.sidecar("order");
});

/** How often a message comes to an app that answers 500, until it is acknowledged and comes no more. */
async function arrivals(component: PubSub): Promise<number> {
  const times = () => apps.logging?.heard.filter((line) => line === `POST /${component}`).length ?? 0;
  const before = times();
  expect(await publish("order", component)).toMatch(/^204/);
  await eventually("it came", async () => times() > before);
  const unacknowledged = ["XPENDING", heard[component], "logging", "-", "+", "1"];
  await eventually(
    "it is acknowledged",
    async () => (await askRedis(mesh.redis("admin"), ...unacknowledged)) === "*0",
  );
  return times() - before;
}

test("a message that an app cannot take comes eight times more and is given up, without a policy at once", async () => {
  apps.logging?.answerWith(500);
  expect(await Promise.all(components.map(arrivals))).toEqual([9, 9]);
  await mesh.sidecar("logging", without("inbound", "retry"));
  expect(await Promise.all(components.map(arrivals))).toEqual([1, 1]);
});

test("who publishes to a broker that hangs is answered while it still waits, which it is not without time-outs", async () => {
  // As long as the relay of events waits, and what ships logs.
  const answers = (app: string) =>
    Promise.all([publish(app, "pubsub", 10_000), publish(app, "log-pubsub", 3_000)]);
  const [whole, bare] = await whileRedisHangs(() => Promise.all([answers("order"), answers("cart")]));
  expect(whole).toEqual([
    expect.stringMatching(/^500.*context deadline exceeded/),
    expect.stringMatching(/^500.*context deadline exceeded/),
  ]);
  expect(bare).toEqual(["no answer", "no answer"]);
});

test("an event outlasts a broker that answers again after seconds, which it does not without retries", async () => {
  const retries = () => mesh.log("order").split("component[pubsub] output. Retrying").length;
  const before = retries();
  let whole: Promise<string> | undefined;
  const bare = await whileRedisHangs(async () => {
    whole = publish("order", "pubsub");
    const failed = publish("catalog", "pubsub");
    await eventually("it is tried again", async () => retries() > before);
    return failed;
  });
  expect([bare, await whole]).toEqual([expect.stringMatching(/^500/), expect.stringMatching(/^204/)]);
});

test("a broker that hangs is not waited for each time, and other calls go on, for which it takes a breaker", async () => {
  const isOpen = (answers: string[]) => answers.some((answer) => answer.includes("circuit breaker is open"));
  const opens = async (app: string, component: PubSub) => {
    const five = await Promise.all(Array.from({ length: 5 }, () => publish(app, component)));
    // One that is open answers at once, one that is not after an attempt of two seconds.
    return isOpen(five) || isOpen([await publish(app, component, 1_800)]);
  };
  const both = (app: string) => Promise.all(components.map((component) => opens(app, component)));
  const seen = await whileRedisHangs(async () => {
    const answers = await Promise.all([both("order"), both("rating")]);
    return { answers, other: (await capture()).status };
  });
  expect(seen).toEqual({
    answers: [
      [true, true],
      [false, false],
    ],
    other: 200,
  });
});
