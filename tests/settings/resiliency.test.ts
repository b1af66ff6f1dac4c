import { afterAll, beforeAll, expect, test } from "vitest";
import { readPid } from "../../scripts/pids.ts";
import { eventually } from "../shopper.ts";
import { type Mesh, openMesh, type Taken } from "./mesh.ts";
import { type StandIn, standIn } from "./stand-in-app.ts";

let mesh: Mesh;
let payment: StandIn;
let order: StandIn;
const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
const capture = async () => {
  const response = await mesh.ask("order", "/v1.0/invoke/payment/method/internal/payments/capture", json);
  return { status: response.status, text: await response.text() };
};
const timesHeard = async (call: () => Promise<unknown>) => {
  const before = payment.heard.length;
  await call();
  return payment.heard.length - before;
};

beforeAll(async () => {
  mesh = await openMesh();
  [payment, order] = await Promise.all(
    ["payment", "order"].map((app) => standIn(mesh.service(app).port)) as [
      Promise<StandIn>,
      Promise<StandIn>,
    ],
  );
  await Promise.all(["payment", "order"].map((app) => mesh.sidecar(app)));
  await eventually("order reaches payment", async () => (await capture()).status === 200);
}, 120_000);

afterAll(async () => {
  await mesh?.close();
  await Promise.all([payment, order].map((app) => app.close()));
}, 60_000);

test("a call whose answer is lost is not repeated by a sidecar, which it would be by a policy that repeats", async () => {
  payment.answerWith("torn");
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
  payment.answerWith(200);
  await mesh.sidecar("order");
});

test("refusals close no app to others, which they would with a circuit breaker", async () => {
  const refusals = async () => {
    payment.answerWith(404);
    for (let asked = 0; asked < 12; asked += 1) await capture();
    payment.answerWith(200);
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

test("a broker that hangs is not waited for each time, other calls go on, and it is used again once it answers", async () => {
  const publish = async () => {
    const response = await mesh.ask("order", "/v1.0/publish/pubsub/order-events", json);
    return { status: response.status, text: await response.text() };
  };
  const untilOpen = () =>
    eventually(
      "the breaker is open",
      async () => /circuit breaker is open/.test((await publish()).text),
      40_000,
    );
  expect((await publish()).status).toBe(204);
  const redis = readPid(mesh.state.pidFile("redis")) ?? 0;
  process.kill(redis, "SIGSTOP");
  try {
    await untilOpen();
    expect((await capture()).status).toBe(200);
  } finally {
    process.kill(redis, "SIGCONT");
  }
  await eventually("events are taken again", async () => (await publish()).status === 204);
}, 90_000);
