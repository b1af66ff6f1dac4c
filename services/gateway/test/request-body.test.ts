import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Door, openDoor } from "./door.ts";
import { sendRaw } from "./raw-http.ts";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());
beforeEach(() => door.stand.reset());

test("bodies are JSON, whole, in UTF-8 and at most 256 KB; anything else stops at the door", async () => {
  const send = (type: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${door.address}/api/cart/items`, {
      method: "POST",
      headers: { "content-type": type, ...headers },
      body,
    });
  const json = "application/json";
  expect((await send("text/plain", "{}")).status).toBe(415);
  expect((await send("application/x-www-form-urlencoded", "a=b")).status).toBe(415);
  expect((await send("application/json; charset=utf-16", "{}")).status).toBe(415);
  expect((await send(json, "{}", { "content-encoding": "gzip" })).status).toBe(415);
  expect((await send(json, "{")).status).toBe(400);
  expect((await send(json, new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400);
  expect((await send(json, JSON.stringify("x".repeat(256 * 1024)))).status).toBe(413);
  expect(door.stand.heard).toEqual([]);
  expect((await send("Application/JSON;charset=UTF-8", '{"sku":"é"}')).status).toBe(200);
  expect(door.stand.last()).toMatchObject({ body: '{"sku":"é"}', headers: { "content-type": json } });
});

test("a body without a length is cut off at the limit as well", async () => {
  const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  const head = "POST /api/cart/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
  const answer = await sendRaw(
    door.port,
    `${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`,
  );
  expect(answer).toContain("413");
  expect(answer).toContain("urn:sockshop:problem:too-large");
  expect(door.stand.heard).toEqual([]);
});

test("an import is CSV of up to 1 MB", async () => {
  const admin = await door.admin();
  door.stand.reset();
  const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const send = (type: string, body: string) =>
    fetch(`${door.address}/api/catalog/import`, {
      method: "POST",
      headers: { "content-type": type, cookie },
      body,
    });
  expect((await send("application/json", "{}")).status).toBe(415);
  expect((await send("text/csv", "x".repeat(1024 * 1024 + 1))).status).toBe(413);
  expect(door.stand.heard).toEqual([]);
  expect((await send("text/csv", "x".repeat(1024 * 1024))).status).toBe(200);
  expect(door.stand.last()?.headers["content-type"]).toBe("text/csv");
});

test("a body sent to a route that takes none goes no further", async () => {
  const guest = door.visitor();
  await guest.post("/api/orders/1/cancel", { a: 1 });
  expect(door.stand.last()).toMatchObject({ method: "POST", body: "" });
});
