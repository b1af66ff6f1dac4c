import { describe, expect, test, vi } from "vitest";
import { alertLinks } from "../src/operations/alert-links.ts";
import { changeGroups } from "../src/operations/change-groups.ts";
import { chartData } from "../src/operations/chart-data.ts";
import { duration } from "../src/operations/duration.ts";
import { percent, shortNumber } from "../src/operations/rates.ts";
import { layOut } from "../src/operations/shop-map-layout.ts";
import { troubles } from "../src/operations/troubles.ts";
import { Stream } from "./event-source.ts";
import { aChart, alertPage, aMap, anAlert, office, sidecars, watched } from "./operations-shop.ts";
import { eventually, json, problem, visit } from "./storefront.ts";

const openConsole = async (path = "/admin", more = {}) => {
  const shown = await visit(path, office(more));
  await eventually(() => expect(Stream.opened).toHaveLength(1));
  return { ...shown, stream: () => Stream.opened.at(-1) as Stream };
};

describe("the overview", () => {
  test("opens the administrator's part and says at one glance that all is well", async () => {
    const { reads, page } = await openConsole();
    await reads("Every part is up.");
    for (const text of ["No open alerts", "12", "2%", "84 ms", "3", "Prometheus", "Install prometheus."])
      await reads(text);
    expect(page.find("button.up strong").text()).toBe("gateway");
  });

  test("shows a service that went down without being asked again", async () => {
    const { reads, stream, sent, page } = await openConsole();
    await reads("Every part is up.");
    const asked = sent("GET", "/api/monitoring/services").length;
    stream().say("services", watched({ status: "down", detail: "It keeps silent." }));
    stream().say("map", aMap({ nodes: [{ id: "cart", kind: "service", status: "down" }] }));
    await reads("1 part is not well: cart (down).");
    await eventually(() => expect(page.find("button.down strong").text()).toBe("cart"));
    expect(sent("GET", "/api/monitoring/services")).toHaveLength(asked);
  });

  test("says that the connection is lost, since when, and goes on by itself", async () => {
    const { reads, stream, page } = await openConsole();
    stream().say("alerts", alertPage());
    await reads("Live");
    stream().fail();
    await reads("Connection lost at");
    await eventually(() => expect(Stream.opened).toHaveLength(2));
    stream().say("alerts", alertPage());
    await eventually(() => expect(page.text()).not.toContain("Connection lost"));
  });

  test("says that the database is away, and that the rest is how things were, until it is back", async () => {
    const { reads, stream, page } = await openConsole();
    stream().say("sight", { blindSince: "2026-03-01T11:00:00.000Z" });
    await reads("PostgreSQL does not answer Monitoring");
    await reads("What stands below is how things were before.");
    await reads("Every part was up when it was last heard of.");
    stream().say("sight", {});
    await eventually(() => expect(page.text()).not.toContain("PostgreSQL does not answer"));
    await reads("Every part is up.");
  });

  test("leads from what is wrong to its log, and says what customers notice and since when", async () => {
    const alert = anAlert({ customers: "Carts cannot be opened." });
    const { reads, page } = await openConsole("/admin", {
      "GET /api/monitoring/alerts": () => json(alertPage(alert)),
    });
    await reads("Every part is up, but not all is well.");
    await reads("Customers: Carts cannot be opened.");
    const state = page.find('[aria-label="State of the shop"]');
    expect(state.find("li time").attributes("datetime")).toBe(alert.raisedAt);
    expect(state.find("li a").attributes("href")).toBe(
      "/admin/logs?service=cart&from=2026-03-01T10:59:00.000Z",
    );
  });

  test("tells what a chosen part does, and keeps the choice in the address", async () => {
    const { reads, page, router, button } = await openConsole("/admin/overview?part=cart");
    await reads("is called by gateway");
    await reads("publishes cart-events");
    expect(page.find('[aria-label="Details of cart"]').text()).toContain("0.5/s failed");
    await button("Close").trigger("click");
    await eventually(() => expect(router.currentRoute.value.query).toEqual({}));
  });

  test("has the map as a table, too", async () => {
    const { reads, page } = await openConsole();
    await reads("The map as a table");
    const rows = page.findAll("details tbody tr").map((row) => row.text());
    expect(rows[0]).toMatch(/gateway.*calls.*cart.*4\.2\/s.*0\.5\/s/);
    expect(rows.at(-1)).toContain("no figures");
  });
});

describe("alerts", () => {
  test("are announced, counted in the navigation and gone again, without a reload", async () => {
    const { reads, stream, page } = await openConsole("/admin/alerts");
    await reads("Nothing is wrong");
    stream().say("alerts", alertPage(anAlert()));
    await reads("Alert: cart is down. It keeps silent.");
    await reads("Read its log.");
    expect(page.find('nav[aria-label="Admin sections"]').text()).toContain("(1 open alert)");
    expect(document.title).toContain("(1) Alerts");
    stream().say("alerts", alertPage());
    await reads("Nothing is wrong");
  });

  test("that were open before are not announced", async () => {
    const open = { "GET /api/monitoring/alerts": () => json(alertPage(anAlert())) };
    const { reads, page } = await openConsole("/admin/alerts", open);
    await reads("Read its log.");
    expect(page.find(".toasts").text()).toBe("");
  });

  test("lead to the order, the service or the records that they are about", () => {
    const places = (rule: string, subject: string) =>
      alertLinks(anAlert({ rule, subject })).map(
        ({ to: { path, query, hash = "" } }) =>
          [path, ...Object.values(query ?? {}).filter((value) => !value.startsWith("2026"))].join(" ") + hash,
      );
    const ofCart = ["/admin/logs cart", "/admin/overview cart", "/admin/sidecars#cart"];
    expect(places("service-down", "cart")).toEqual(ofCart);
    expect(places("service-down", "cart-sidecar")).toEqual(ofCart);
    expect(places("saga-step-failing", "order/authorizePayment").slice(0, 2)).toEqual([
      "/admin/under-way",
      "/admin/logs order",
    ]);
    expect(places("order-stuck", "an-order")[0]).toBe("/admin/orders/an-order");
    expect(places("infrastructure-down", "redis")).toEqual([
      "/admin/logs warn,error,fatal",
      "/admin/overview redis",
    ]);
    expect(places("payments-declined", "payments")[0]).toBe("/admin/events payment-events PaymentDeclined");
    expect(places("their-own-rule", "shop")).toEqual(["/admin/logs warn,error,fatal"]);
  });

  test("are acknowledged", async () => {
    let alert = anAlert();
    const { reads, button, sent } = await openConsole("/admin/alerts", {
      "GET /api/monitoring/alerts": () => json(alertPage(alert)),
      [`POST /api/monitoring/alerts/${alert.id}/acknowledge`]: () => {
        alert = anAlert({ status: "acknowledged" });
        return json(alert);
      },
    });
    await reads("Read its log.");
    await button(`Acknowledge: ${alert.summary}`).trigger("click");
    await reads("Somebody looks after it");
    expect(sent("POST", `/api/monitoring/alerts/${alert.id}/acknowledge`)).toHaveLength(1);
  });

  test("that cannot be fetched say so and are asked for again", async () => {
    let answers = () => problem(503);
    const { reads, button } = await openConsole("/admin/alerts", {
      "GET /api/monitoring/alerts": () => answers(),
    });
    await reads("The alerts could not be fetched");
    answers = () => json(alertPage());
    await button("Try again").trigger("click");
    await reads("Nothing is wrong");
  });
});

describe("charts", () => {
  const seen = () =>
    vi.stubGlobal(
      "IntersectionObserver",
      class {
        constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
          queueMicrotask(() => tell([{ isIntersecting: true }]));
        }
        observe() {}
        disconnect() {}
      },
    );

  test("say where their figures come from, what is missing and why, and have their figures as a table", async () => {
    seen();
    const { reads, page } = await openConsole("/admin/charts");
    await reads("Not drawn: Workflows. Only Prometheus has these. Install it, then start the shop again.");
    await reads("Measured by Monitoring's own samples.");
    const rows = page.findAll("details tbody tr").map((row) => row.text());
    expect(rows).toEqual([expect.stringMatching(/cart.*20.*0.*20/), expect.stringMatching(/order.*0.*0.*0/)]);
  });

  test("are asked for over the chosen period", async () => {
    seen();
    const { reads, button, sent } = await openConsole("/admin/charts");
    await reads("Measured by");
    await button("6 hours").trigger("click");
    await eventually(() =>
      expect(sent("GET", "/api/monitoring/metrics/requests").at(-1)?.query.get("minutes")).toBe("360"),
    );
  });

  test("leave a gap where nothing was measured, on one row of times for all lines", () => {
    const { times, values } = chartData(aChart());
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 10, 20, 30]);
    expect(values).toEqual([
      [0, 10, null, 20],
      [0, null, null, null],
    ]);
    expect(chartData(aChart(), "order").labels).toEqual(["order"]);
  });
});

test("every sidecar is shown with what it says of itself, or why it cannot be read", async () => {
  const { reads, page } = await openConsole("/admin/sidecars");
  for (const text of [
    "Dapr 1.18.2",
    "account-events",
    "1 worker connected",
    "workflow 4 active",
    "127.0.0.1:50006",
  ])
    await reads(text);
  await reads(sidecars.items[1]?.why ?? "");
  expect(page.find("tbody tr").text()).toMatch(/pubsub.*pubsub\.redis v1.*subscribe wildcards.*order/);
});

describe("the map's layout", () => {
  const { nodes, edges } = aMap();
  const overlaps = (width: number) => {
    const { boxes } = layOut({ nodes, edges }, width);
    return boxes.some((a, i) =>
      boxes
        .slice(i + 1)
        .some(
          (b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
        ),
    );
  };
  test("lets no part lie over another or beyond the edge, upright and wide", () => {
    for (const width of [326, 358, 700, 900, 1400]) {
      expect([width, overlaps(width)]).toEqual([width, false]);
      const { boxes } = layOut({ nodes, edges }, width);
      expect(boxes.every((box) => box.x >= 0 && box.x + box.width <= width)).toBe(true);
    }
  });
  test("draws one line for all topics between a service and Redis", () => {
    const more = { kind: "publish", from: "cart", to: "redis", topic: "other", perSecond: 2 } as const;
    const drawn = layOut({ nodes, edges: [...edges, more] }, 1000).edges;
    expect(drawn.filter(({ kind }) => kind === "publish")).toMatchObject([{ perSecond: 3.5 }]);
  });
});

test("what is wrong is named, the worst first", () => {
  const { items, ...rest } = watched({ status: "not-ready" });
  const down = { ...items[0], appId: "order", status: "down" } as (typeof items)[number];
  expect(troubles({ ...rest, items: [...items, down] }).map(({ name }) => name)).toEqual(["order", "cart"]);
});

test("what changed at one look at a service is told as one, and a first look not at all", () => {
  const change = {
    appId: "cart",
    restarted: false,
    was: "up",
    status: "down",
    at: "2026-03-01T11:00:00.000Z",
  } as const;
  const { was: _, ...first } = change;
  const groups = changeGroups([
    { ...change, part: "sidecar", status: "unknown" },
    { ...change, part: "service", detail: "It keeps silent." },
    { ...change, appId: "infrastructure", part: "redis" },
    { ...first, part: "database" },
  ]);
  expect(groups.map(({ name, words }) => `${name} ${words}`)).toEqual([
    "cart was up. It keeps silent. With it sidecar: cannot be asked.",
    "Redis was up.",
  ]);
});

test("times and numbers are short", () => {
  expect(
    [5, 65, 7_300, 200_000].map((s) => duration("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1, 0, 0, s))),
  ).toEqual(["5 s", "1 min", "2 h", "2 days"]);
  expect([0, 0.04, 2, 2.345, 47.6, 12_345].map(shortNumber)).toEqual(["0", "<0.1", "2", "2.3", "48", "12k"]);
  expect([0, 0.0004, 0.023, 1].map(percent)).toEqual(["0%", "<0.1%", "2.3%", "100%"]);
});
