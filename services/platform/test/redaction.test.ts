import { expect, test } from "vitest";
import { createLog } from "../src/log.ts";
import { redactLine } from "../src/redaction.ts";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({ appId: "order", logLevel: "info" }, { write: (line) => void lines.push(line) }));
  return lines.join("");
}

test.each<[string, string, (log: ReturnType<typeof createLog>) => void]>([
  ["an e-mail address in a field", "ada@example.org", (log) => log.info({ email: "ada@example.org" }, "x")],
  ["one in words", "ada@example.org", (log) => log.info("sent to ada@example.org today")],
  ["one in an error", "ada@example.org", (log) => log.error({ err: new Error("no ada@example.org") }, "x")],
  ["a card number in words", "4242 4242 4242 4242", (log) => log.info("paid by 4242 4242 4242 4242.")],
  ["one in a field", "5555555555554444", (log) => log.info({ card: "5555555555554444" }, "x")],
  [
    "a password far down",
    "hunter2",
    (log) => log.info({ a: { b: { c: { d: { password: "hunter2" } } } } }, "x"),
  ],
  ["a cookie", "session=abc", (log) => log.info({ headers: { cookie: "session=abc" } }, "x")],
  ["a cookie that is set", "session=abc", (log) => log.info({ req: { "set-cookie": 'a"session=abc' } }, "x")],
  ["a payment token", "tok_visa", (log) => log.info("charging tok_visa")],
  ["an access token", "s3cr3t", (log) => log.info({ accessToken: "s3cr3t" }, "x")],
  ["a bearer", "abc.def", (log) => log.info({ header: "Bearer abc.def" }, "x")],
  ["a web token", "eyJhbGciOi", (log) => log.info("it was eyJhbGciOi.eyJzdWIi.c2ln")],
  [
    "an address",
    "St James",
    (log) => log.info({ order: { shippingAddress: { line1: "12 St James" } } }, "x"),
  ],
])("%s does not get into a log line", (_what, secret, write) => {
  const line = logged(write);
  expect(line).not.toContain(secret);
  expect(line).toContain("[redacted]");
  expect(JSON.parse(line)).toMatchObject({ service: "order" });
});

test("ids, traces, times and amounts stay as they are", () => {
  const line = JSON.stringify({
    orderId: "01993c5d-4123-7456-8123-412345678901",
    traceId: "41234567890123456789012345678901",
    at: 1763934685000,
    time: "2026-03-01T10:00:00.000Z",
    cents: 4111111111111112,
    path: "/catalog/products/wool-sock",
  });
  expect(redactLine(line)).toBe(line);
});
