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

const refusedStream = async (response: Response) => {
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "10"]);
  const problem = (await response.json()) as { type: string; detail: string };
  expect(problem.type).toBe("urn:sockshop:problem:too-many-streams");
  return problem.detail;
};
// What nobody holds is closed as soon as the memory is tidied, and its place with it.
const held: Response[] = [];
const openAgain = (who: ReturnType<Door["visitor"]>) =>
  eventually("a place is free again", async () => {
    const response = await who.get("/api/orders/1/events");
    if (response.status !== 200) await response.body?.cancel();
    else held.push(response);
    return response.status === 200;
  });

test("a session may hold ten streams open at once, and a place is free again however its stream ended", async () => {
  const ada = door.visitor();
  await ada.signUp("many@example.com");
  const streams = [];
  for (let n = 0; n < 10; n += 1) streams.push(await openStream(ada));
  const heard = door.stand.heard.length;
  expect(await refusedStream(await ada.get("/api/orders/1/events"))).toContain("in your session");
  expect(door.stand.heard).toHaveLength(heard);
  expect((await door.visitor().get("/api/orders/1/events")).status).toBe(200);

  await streams[0]?.reader.cancel();
  await openAgain(ada);
  await refusedStream(await ada.get("/api/orders/1/events"));
  source?.end();
  await openAgain(ada);
  await refusedStream(await ada.get("/api/orders/1/events"));
  source?.destroy();
  await openAgain(ada);
  await refusedStream(await ada.get("/api/orders/1/events"));
  for (const { reader } of streams) await reader.cancel();
});

test("streams that the service refuses, or whose client left while they were asked for, keep no place", async () => {
  const ada = door.visitor();
  await ada.signUp("refused@example.com");
  door.stand.answers((_heard, res) => void res.writeHead(503).end());
  for (let n = 0; n < 12; n += 1) expect((await ada.get("/api/orders/1/events")).status).toBe(503);
  const waiting: ServerResponse[] = [];
  door.stand.answers((_heard, res) => void waiting.push(res));
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  for (let n = 1; n <= 12; n += 1) {
    const leaving = new AbortController();
    const asked = fetch(`${door.address}/api/orders/1/events`, {
      headers: { cookie },
      signal: leaving.signal,
    });
    await eventually("the service is asked", () => waiting.length === n);
    leaving.abort();
    await asked.catch(() => {});
    await eventually("the service's answer is not waited for", () => waiting[n - 1]?.destroyed === true);
  }
});

const keepStreams = (stand: Door["stand"]) => {
  const sources: ServerResponse[] = [];
  stand.answers((_heard, res) => {
    sources.push(res);
    res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  return sources;
};

test("one address holds a twelfth as many streams as requests a minute, and a guest is begun for none beyond", async () => {
  const narrow = await openDoor({ perMinute: 24, trustedProxies: 1 });
  const sources = keepStreams(narrow.stand);
  const ask = async (address: string) => {
    const response = await narrow.visitor().get("/api/orders/1/events", { "x-forwarded-for": address });
    held.push(response);
    return response;
  };
  const first = await ask("203.0.113.7");
  expect([first.status, (await ask("203.0.113.7")).status]).toEqual([200, 200]);
  const refused = await ask("203.0.113.7");
  expect(refused.headers.getSetCookie()).toEqual([]);
  expect(await refusedStream(refused)).toContain("from your address");
  expect((await ask("203.0.113.8")).status).toBe(200);
  await first.body?.cancel();
  await eventually("the service's stream is closed", () => sources[0]?.destroyed === true);
  expect((await ask("203.0.113.7")).status).toBe(200);
  await narrow.close();
});

test("a client that leaves before its stream is asked for keeps no place, and the service is not asked", async () => {
  const narrow = await openDoor({ perMinute: 48 });
  const sources = keepStreams(narrow.stand);
  const ask = (signal?: AbortSignal) =>
    fetch(`${narrow.address}/api/orders/1/events`, signal ? { signal } : {}).catch(() => undefined);
  for (let n = 0; n < 3; n += 1) expect((await ask())?.status).toBe(200);
  const leaving = new AbortController();
  const locking = await narrow.database.connect();
  await locking.query("begin; lock table users");
  const left = ask(leaving.signal);
  await eventually("its guest waits to be begun", async () => {
    const { rowCount } = await locking.query(
      "select from pg_locks join pg_database d on d.oid = database where datname = current_database() and not granted",
    );
    return rowCount === 1;
  });
  leaving.abort();
  await left;
  await fetch(`${narrow.address}/healthz`);
  await locking.query("commit");
  locking.release();
  await eventually("its place is free", async () => (await ask())?.status === 200);
  expect(sources).toHaveLength(4);
  await narrow.close();
});
