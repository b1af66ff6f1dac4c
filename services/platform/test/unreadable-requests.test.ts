import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerUnreadableRequests } from "../src/unreadable-requests.ts";

const server = createServer((_req, res) => void res.end("read"));
beforeAll(async () => {
  answerUnreadableRequests(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());

const send = (text: string) =>
  new Promise<string>((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {}).on("close", () => resolve(answer));
  });

test("what is no HTTP at all is answered with a problem document", async () => {
  const answer = await send("hello\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain("urn:sockshop:problem:malformed-request");
});

test("headers beyond the parser's limit are a problem of their own", async () => {
  const answer = await send(`GET /${"x".repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain("urn:sockshop:problem:headers-too-large");
});
