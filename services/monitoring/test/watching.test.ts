import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ask, readAnswer } from "../src/probe.ts";
import { ownFinding } from "../src/watching.ts";

/** What asking a service brings that answers only some of the calls, the first being number 1. */
async function askedWith(answers: (nr: number) => boolean) {
  let asked = 0;
  const server = createServer((_req, res) => {
    asked += 1;
    if (answers(asked)) res.end(JSON.stringify({ status: "ready" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await ask({ url: `http://127.0.0.1:${port}`, headers: {} }, "cart");
  server.close();
  server.closeAllConnections();
  return answer;
}

test("a service that once answers late is asked again, and one that keeps silent is told of", async () => {
  const [prompt, late, silent] = await Promise.all([
    askedWith(() => true),
    askedWith((nr) => nr > 1),
    askedWith(() => false),
  ]);
  expect([prompt, late]).toMatchObject([{ kind: "answered" }, { kind: "answered" }]);
  expect(silent).toEqual({ kind: "silence" });
});

test("a service of which one instance hangs is not told of as silent, whichever is asked first", async () => {
  // Another call that comes between shifts whose turn it is.
  const found = await Promise.all([
    askedWith((nr) => nr % 2 === 1),
    askedWith((nr) => nr % 2 === 0),
    askedWith((nr) => nr === 3),
  ]);
  expect(found.map(({ kind }) => kind)).toEqual(["answered", "answered", "answered"]);
});

test("Monitoring never tells of itself that it is down, nor of its sidecar while others answer through it", () => {
  const own = readAnswer("monitoring", { kind: "silence" });
  const unreachable = { appId: "monitoring", part: "sidecar", status: "down" } as const;
  expect([...own, unreachable].flatMap((finding) => ownFinding(finding, "monitoring", true))).toEqual([]);
  expect(ownFinding(unreachable, "monitoring", false)).toMatchObject([{ status: "down" }]);
  const other = { ...unreachable, appId: "cart" };
  expect(ownFinding(other, "monitoring", true)).toEqual([other]);
});
