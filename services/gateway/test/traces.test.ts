import { expect, test } from "vitest";
import { tracesPlace } from "../src/traces.ts";
import { openDoor } from "./door.ts";

test("administrators are told where a trace's page is, and nobody else", async () => {
  const door = await openDoor({ traces: { url: "http://localhost:9411/zipkin/traces/", sampling: 0.5 } });
  try {
    expect((await door.visitor().get("/api/traces")).status).toBe(401);
    expect(await (await (await door.admin()).get("/api/traces")).json()).toEqual({
      url: "http://localhost:9411/zipkin/traces/",
      sampling: 0.5,
    });
  } finally {
    await door.close();
  }
});

test("without a Zipkin it is said what to do", async () => {
  const door = await openDoor();
  try {
    const answer = await (await (await door.admin()).get("/api/traces")).json();
    expect(answer).toMatchObject({
      sampling: 0,
      missing: { whatToDo: expect.stringContaining("Install Java 17") },
    });
    expect(answer).not.toHaveProperty("url");
  } finally {
    await door.close();
  }
});

test("pages are where services send to, unless people reach them elsewhere", () => {
  const inside = { zipkinUrl: "http://zipkin:9411", sampling: 1 };
  expect(tracesPlace(inside, "").url).toBe("http://zipkin:9411/zipkin/traces/");
  expect(tracesPlace(inside, "https://shop.example/zipkin/traces").url).toBe(
    "https://shop.example/zipkin/traces/",
  );
  expect(tracesPlace({ zipkinUrl: undefined, sampling: 0 }, "").url).toBeUndefined();
});
