import { describe, expect, test } from "vitest";
import { buckets, stepFor } from "../src/logs/error-buckets.ts";
import { readLogFilters, writeLogFilters } from "../src/logs/log-filters.ts";
import { span } from "../src/logs/moment.ts";
import { boundsOf, goesOn } from "../src/logs/period.ts";
import {
  keptWhileLive,
  mostWaiting,
  opened,
  released,
  torn,
  withNewer,
  withOlder,
} from "../src/logs/record-window.ts";

/** Rows from one id down to another. */
const down = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, nr) => ({ id: from - nr }));
const up = (from: number, to: number) => down(to, from).reverse();
const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);

describe("the records that are shown", () => {
  test("go on backward page by page, and end where the shop has no more", () => {
    const view = withOlder(opened({ items: down(9, 7), nextCursor: "7" }), { items: down(6, 5) });
    expect(ids(view.rows)).toEqual([9, 8, 7, 6, 5]);
    expect(view.nextCursor).toBeUndefined();
  });

  test("let new ones wait, and show them in order without a repeat", () => {
    const first = opened({ items: down(5, 4), nextCursor: "4" });
    const waiting = withNewer(withNewer(first, up(4, 7)), up(6, 8));
    expect([ids(waiting.rows), ids(waiting.waiting)]).toEqual([
      [5, 4],
      [8, 7, 6],
    ]);
    const shown = released(waiting);
    expect([ids(shown.rows), shown.waiting, shown.nextCursor]).toEqual([[8, 7, 6, 5, 4], [], "4"]);
  });

  test("have no hole after more came than may wait: paging back finds what gave way", () => {
    const first = opened({ items: down(10, 1) });
    const flooded = withNewer(first, up(11, 10 + mostWaiting + 3));
    expect([flooded.waiting.length, flooded.isTorn]).toEqual([mostWaiting, true]);
    const shown = released(flooded);
    expect(shown.rows).toHaveLength(mostWaiting);
    expect(shown.nextCursor).toBe(String(shown.rows.at(-1)?.id));
    expect(shown.isTorn).toBe(false);
  });

  test("have no hole after the shop left some out", () => {
    const view = withNewer(torn(opened({ items: down(10, 1) })), up(500, 501));
    expect([ids(released(view).rows), released(view).nextCursor]).toEqual([[501, 500], "500"]);
  });

  test("are shortened at their end while they follow live, and paged back from there", () => {
    const long = opened({ items: down(keptWhileLive + 50, 1) });
    const shown = released(withNewer(long, up(keptWhileLive + 51, keptWhileLive + 52)));
    expect(shown.rows).toHaveLength(keptWhileLive + 2);
    expect(shown.nextCursor).toBe("51");
  });
});

describe("the address of the log explorer", () => {
  const query = {
    level: "error,warn,loud",
    search: "late",
    last: "1h",
    traceId: "A".repeat(32),
    orderId: "no",
    from: "x",
  };

  test("is read without what makes no sense, and written without what says nothing", () => {
    const filters = readLogFilters(query);
    expect(filters).toMatchObject({ levels: ["warn", "error"], orderId: "", from: "", last: "1h" });
    expect(writeLogFilters(filters)).toEqual({
      level: "warn,error",
      search: "late",
      last: "1h",
      traceId: "a".repeat(32),
    });
  });

  test("names a period that goes on or one that is over", () => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    const [last, from, to] = [
      { last: "1h", from: "", to: "" },
      "2026-03-01T10:00:00.000Z",
      "2026-03-01T11:00:00.000Z",
    ] as const;
    expect(boundsOf(last, now)).toEqual({ from: "2026-03-01T11:00:00.000Z" });
    expect(boundsOf({ last: "", from, to }, now)).toEqual({ from, to });
    expect([goesOn(last), goesOn({ last: "", from, to: "" }), goesOn({ last: "", from, to })]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("the histogram", () => {
  const at = (minute: number) => Date.parse("2026-03-01T10:00:00Z") + minute * 60_000;

  test("has at most sixty bars", () => {
    for (const minutes of [15, 60, 360, 1_440, 10_080]) {
      const period = { from: at(3), to: at(3 + minutes), step: stepFor(at(3), at(3 + minutes)) };
      expect(buckets([], period).length).toBeLessThanOrEqual(60);
    }
  });

  test("adds services up, or shows the one that is asked for, and keeps empty minutes", () => {
    const minute = new Date(at(1)).toISOString();
    const counted = [
      { minute, service: "order", errors: 2, warnings: 1 },
      { minute, service: "cart", errors: 1, warnings: 0 },
    ];
    const period = { from: at(0), to: at(3), step: 1 };
    expect(buckets(counted, period).map(({ errors }) => errors)).toEqual([0, 3, 0]);
    expect(buckets(counted, { ...period, service: "order" })[1]).toMatchObject({ errors: 2, warnings: 1 });
  });
});

test("a span of time is told in its two largest units", () => {
  expect([12, 3_240, 250_000, 3_600_000, 190_000_000].map(span)).toEqual([
    "12 ms",
    "3.2 s",
    "4 min 10 s",
    "1 h",
    "2 d 4 h",
  ]);
});
