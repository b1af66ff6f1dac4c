import type { LogLevel, StoredEvent, StoredLog } from "@sockshop/contracts/logging.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Stream } from "./event-source.ts";
import { orderId } from "./goods.ts";
import { type Call, eventually, json, problem, type Shop, visit } from "./storefront.ts";

const traceId = "ab".repeat(16);
const time = "2026-03-01T10:00:00.000Z";
const hash = "0".repeat(64);
const logLine = (
  id: number,
  message: string,
  level: LogLevel = "info",
  more: Partial<StoredLog> = {},
): StoredLog => ({
  kind: "log",
  id,
  time,
  service: "order",
  level,
  message,
  hash,
  fields: {},
  ...more,
});
const event = (id: number, type: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  kind: "event",
  id,
  time,
  service: "order",
  hash,
  topic: "order-events",
  position: id,
  type,
  subject: orderId,
  eventId: orderId,
  data: { amount: 7 },
  ...more,
});

const office: Shop = {
  "GET /api/auth/get-session": () =>
    json({ user: { id: "a", name: "Ada", email: "ada@example.com", isAnonymous: false, role: "admin" } }),
  "GET /api/traces": () => json({ url: "http://zipkin.test/zipkin/traces/", sampling: 1 }),
  "GET /api/logs/errors": () => json({ items: [{ minute: time, service: "order", errors: 2, warnings: 1 }] }),
};

/** A store of so many lines, newest first, which pages as the shop does. */
const lines = (count: number) => (call: Call) => {
  const before = Number(call.query.get("cursor") ?? count + 1);
  const limit = Number(call.query.get("limit"));
  const first = Math.min(before - 1, count);
  const items = Array.from({ length: Math.min(limit, first) }, (_, nr) =>
    logLine(first - nr, `line ${first - nr}`),
  );
  const last = items.at(-1)?.id ?? 1;
  return json({ items, head: count, ...(last > 1 && { nextCursor: String(last) }) });
};

beforeEach(() => {
  Stream.opened = [];
  // Nothing has a size here; the list draws what fits in this one.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(900);
});
afterEach(() => vi.restoreAllMocks());
/** The stream that was opened last at a path and is still open. */
const tail = (path = "/api/logs/stream") =>
  Stream.opened.findLast(({ url, readyState }) => readyState !== Stream.CLOSED && url.startsWith(`${path}?`));
const asked = (name: string) => new URL(tail()?.url ?? "", "http://shop.test").searchParams.get(name);

describe("the log explorer", () => {
  test("asks for what its address names, and tells what it found", async () => {
    const shown = await visit(`/admin/logs?service=order&level=warn,error&search=late&orderId=${orderId}`, {
      ...office,
      "GET /api/logs": () => json({ items: [logLine(2, "too late", "warn")], head: 9 }),
    });
    await shown.reads("too late");
    expect(Object.fromEntries(shown.sent("GET", "/api/logs")[0]?.query ?? [])).toEqual({
      service: "order",
      level: "warn,error",
      search: "late",
      orderId,
      limit: "500",
    });
    expect(asked("after")).toBe("9");
    expect(asked("level")).toBe("warn,error");
  });

  test("shows new lines as they come, lets them wait while it is paused, and then misses none", async () => {
    const shown = await visit("/admin/logs", { ...office, "GET /api/logs": lines(2) });
    await shown.reads("line 2");
    tail()?.say("log", logLine(3, "fresh"));
    await shown.reads("fresh");
    await shown.button("Pause").trigger("click");
    tail()?.say("log", logLine(4, "waiting one"));
    tail()?.say("log", logLine(5, "waiting two"));
    await shown.reads("2 new lines: show");
    expect(shown.page.text()).not.toContain("waiting one");
    await shown.button("Resume").trigger("click");
    await shown.reads("waiting two");
    expect(shown.page.findAll('[role="option"]').map((row) => row.find(".words").text().trim())).toEqual([
      "waiting two",
      "waiting one",
      "fresh",
      "line 2",
      "line 1",
    ]);
  });

  test("goes on after the last line it heard when the connection was lost", async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout"],
      shouldAdvanceTime: true,
      advanceTimeDelta: 200,
    });
    try {
      const shown = await visit("/admin/logs", { ...office, "GET /api/logs": lines(2) });
      await shown.reads("line 2");
      tail()?.say("log", logLine(7, "before"));
      await shown.reads("before");
      tail()?.fail();
      await shown.reads("Connection lost");
      await eventually(() => expect(asked("after")).toBe("7"));
    } finally {
      vi.useRealTimers();
    }
  });

  test("draws only what is in sight, and pages back as somebody goes there by keyboard", async () => {
    const shown = await visit("/admin/logs", { ...office, "GET /api/logs": lines(1_500) });
    await shown.reads("line 1500");
    const list = shown.page.get('[role="listbox"]');
    expect(shown.page.findAll('[role="option"]').length).toBeLessThan(60);
    await list.trigger("keydown", { key: "End" });
    await list.trigger("scroll");
    expect(list.attributes("aria-activedescendant")).toMatch(/-1001$/);
    list.element.scrollTop = 499 * 32;
    await list.trigger("scroll");
    await shown.reads("1000 lines loaded");
    expect(shown.sent("GET", "/api/logs").at(-1)?.query.get("cursor")).toBe("1001");
  });

  test("opens a line to its fields by keyboard, with links to what belongs to it, and closes by Escape", async () => {
    const failed = logLine(2, "an activity failed", "warn", {
      traceId,
      orderId,
      requestId: "req-1",
      fields: {
        activity: "voidPayment",
        err: { type: "Problem", message: "away", stack: "Problem: away\n  at x" },
      },
    });
    const shown = await visit("/admin/logs", {
      ...office,
      "GET /api/logs": () => json({ items: [failed], head: 2 }),
    });
    await shown.reads("an activity failed");
    const list = shown.page.get('[role="listbox"]');
    await list.trigger("keydown", { key: "ArrowDown" });
    await list.trigger("keydown", { key: "Enter" });
    await shown.reads("voidPayment");
    expect(shown.link("Lines of this request").attributes("href")).toBe("/admin/logs?requestId=req-1");
    expect(shown.link("Timeline of this order").attributes("href")).toBe(
      `/admin/timeline?orderId=${orderId}`,
    );
    expect(shown.link("Only this service").attributes("href")).toBe("/admin/logs?service=order");
    await eventually(() =>
      expect(shown.link("Trace in Zipkin").attributes("href")).toBe(
        `http://zipkin.test/zipkin/traces/${traceId}`,
      ),
    );
    tail()?.say("log", logLine(3, "meanwhile"));
    await shown.reads("1 new line: show");
    await shown.page.get("aside[aria-label^=Details]").trigger("keydown", { key: "Escape" });
    await shown.reads("meanwhile");
    expect(shown.page.find("aside[aria-label^=Details]").exists()).toBe(false);
    expect(document.activeElement?.getAttribute("role")).toBe("listbox");
  });

  test("has a line copied as JSON", async () => {
    const writeText = vi.fn(async (_: string) => {});
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
    const shown = await visit("/admin/logs", { ...office, "GET /api/logs": lines(1) });
    await shown.reads("line 1");
    await shown.page.get('[role="option"]').trigger("click");
    await shown.button("Copy as JSON").trigger("click");
    await shown.reads("Copied as JSON.");
    expect(JSON.parse(writeText.mock.calls[0]?.[0] ?? "{}")).toMatchObject({ id: 1, message: "line 1" });
  });

  test("goes to a bar's lines, to an id that is pasted, and to its search by /", async () => {
    const shown = await visit("/admin/logs?last=1h", { ...office, "GET /api/logs": lines(1) });
    await shown.reads("line 1");
    await eventually(() => expect(shown.page.find('[role="toolbar"] button').exists()).toBe(true));
    await shown.page.get('[role="toolbar"] button').trigger("click");
    await eventually(() => expect(shown.router.currentRoute.value.query.level).toBe("warn,error,fatal"));
    expect(shown.router.currentRoute.value.query.last).toBeUndefined();
    await shown.reads("This period is over");
    const ids = shown.page.get('input[aria-label="Trace or order id"]');
    await ids.setValue("nonsense");
    await shown.reads("neither a trace id");
    await ids.setValue(traceId.toUpperCase());
    await eventually(() => expect(shown.router.currentRoute.value.query.traceId).toBe(traceId));
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Words");
  });

  test("says that it found nothing, and that it could not ask", async () => {
    let answer = () => problem(503);
    const shown = await visit("/admin/logs", { ...office, "GET /api/logs": () => answer() });
    await shown.reads("The lines could not be fetched");
    answer = () => json({ items: [], head: 0 });
    await shown.button("Try again").trigger("click");
    await shown.reads("No lines");
  });
});

test("the event explorer follows one subject and shows an event's data", async () => {
  const shown = await visit(`/admin/events?topic=order-events&subject=${orderId}`, {
    ...office,
    "GET /api/logs/events": () => json({ items: [event(2, "OrderPlaced", { traceId })], head: 2 }),
  });
  await shown.reads("OrderPlaced");
  expect(shown.sent("GET", "/api/logs/events")[0]?.query.get("subject")).toBe(orderId);
  tail("/api/logs/events/stream")?.say("event", event(3, "OrderConfirmed"));
  await shown.reads("OrderConfirmed");
  await shown.page.findAll('[role="option"]')[1]?.trigger("click");
  await shown.reads("amount");
  expect(shown.link("Everything of this subject").attributes("href")).toBe(
    `/admin/events?subject=${orderId}`,
  );
  expect(shown.link("Timeline of this trace").attributes("href")).toBe(`/admin/timeline?traceId=${traceId}`);
});

test("a timeline joins events and lines, tells the pauses, and leads into the trace", async () => {
  const later = "2026-03-01T10:00:30.000Z";
  const shown = await visit(`/admin/timeline?orderId=${orderId}`, {
    ...office,
    "GET /api/logs/timeline": () =>
      json({
        items: [
          event(1, "OrderPlaced", { traceId }),
          logLine(2, "placing", "info", { traceId }),
          logLine(3, "slow", "warn", { time: later, service: "cart" }),
        ],
        more: false,
      }),
  });
  await shown.reads("OrderPlaced");
  await shown.reads("30.0 s later");
  await eventually(() =>
    expect(shown.link("Trace in Zipkin").attributes("href")).toBe(
      `http://zipkin.test/zipkin/traces/${traceId}`,
    ),
  );
  await shown.page.findAll("select")[0]?.setValue("telling");
  await shown.reads("2 records of 3");
  expect(shown.page.text()).not.toContain("placing");
});

test("the slowest routes lead to their lines", async () => {
  const row = {
    service: "order",
    method: "GET",
    route: "/orders/:id",
    requests: 9,
    averageMs: 12.5,
    maxMs: 90,
    slow: 0,
    failed: 1,
  };
  const shown = await visit("/admin/logs/routes", {
    ...office,
    "GET /api/logs/routes": () => json({ items: [row] }),
  });
  await shown.reads("12.5 ms");
  expect(shown.link("GET /orders/:id").attributes("href")).toBe(
    "/admin/logs?service=order&search=request+orders",
  );
});
