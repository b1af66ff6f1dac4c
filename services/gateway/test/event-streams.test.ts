import type { ServerResponse } from "node:http";
import { endEventStreams } from "@sockshop/platform/event-stream.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../platform/test/postgres.ts";
import { type Door, openDoor } from "./door.ts";

let door: Door;
let source: ServerResponse | undefined;
const closed = new Set<ServerResponse | undefined>();
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());
beforeEach(() => {
  door.stand.reset();
  source = undefined;
  door.stand.answers((_heard, res) => {
    source = res;
    res.once("close", () => closed.add(res));
    res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" }).flushHeaders();
  });
});

const openStream = async (who = door.visitor(), headers: Record<string, string> = {}) => {
  const response = await who.get("/api/orders/1/events", headers);
  const body = response.body?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
  if (!body) throw new Error("the stream has no body");
  const reader = body.getReader();
  return { response, reader };
};

test("events pass one by one as they are written, and a client resumes by its last one", async () => {
  const { response, reader } = await openStream(door.visitor(), {
    accept: "text/event-stream",
    "last-event-id": "41",
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(door.stand.last()?.headers).toMatchObject({ accept: "text/event-stream", "last-event-id": "41" });
  for (const number of [42, 43]) {
    source?.write(`id: ${number}\n\n`);
    expect((await reader.read()).value).toBe(`id: ${number}\n\n`);
  }
  source?.end();
  expect((await reader.read()).done).toBe(true);
});

test("a client that goes away is gone for the service too", async () => {
  const { reader } = await openStream();
  await reader.cancel();
  await eventually("the service's stream is closed", () => closed.has(source));
});

test("signing out ends the streams of that session and no other", async () => {
  const ada = door.visitor();
  await ada.signUp("ada@example.com");
  const hers = await openStream(ada);
  const sourceOfHers = source;
  const others = await openStream();
  await ada.signOut();
  expect((await hers.reader.read()).done).toBe(true);
  await eventually("the service's stream is closed", () => closed.has(sourceOfHers));
  source?.write("still here");
  expect((await others.reader.read()).value).toBe("still here");
  await others.reader.cancel();
});

test("a guest's streams end when the guest becomes an account", async () => {
  const guest = door.visitor();
  await guest.get("/api/orders/1/events").then((response) => response.body?.cancel());
  const { reader } = await openStream(guest);
  await guest.signUp("bob@example.com");
  expect((await reader.read()).done).toBe(true);
});

test("a session that ended in the database ends its streams", async () => {
  const ada = door.visitor();
  await ada.signUp("eve@example.com");
  const { reader } = await openStream(ada);
  await door.database.query("delete from sessions");
  expect((await reader.read()).done).toBe(true);
});

test("when word of an ended session may have been missed, streams are checked at once", async () => {
  const ada = door.visitor();
  await ada.signUp("late@example.com");
  const { reader } = await openStream(ada);
  await door.database.query("update sessions set expires_at = now() - interval '1 second'");
  await door.database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'",
  );
  expect((await reader.read()).done).toBe(true);
});

test("a draining gateway ends the streams that it forwards", async () => {
  const { reader } = await openStream();
  const feeding = setInterval(() => source?.write(": still here\n\n"), 1);
  endEventStreams();
  for (let done = false; !done; ) ({ done } = await reader.read());
  clearInterval(feeding);
  await eventually("the service's stream is closed", () => closed.has(source));
});
