import { VueQueryPlugin } from "@tanstack/vue-query";
import { enableAutoUnmount, mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, vi } from "vitest";
import { createMemoryHistory } from "vue-router";
import App from "../src/App.vue";
import { createQueryClient } from "../src/query-client.ts";
import { createShopRouter } from "../src/router.ts";
import { Stream } from "./event-source.ts";

enableAutoUnmount(afterEach);
afterEach(() => {
  sessionStorage.clear();
  document.body.innerHTML = "";
});

export type Call = { method: string; path: string; query: URLSearchParams; headers: Headers; body: unknown };
type Answer = Response | Promise<Response>;
export type Shop = Record<string, (call: Call) => Answer>;

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const problem = (status: number, more: Record<string, unknown> = {}, headers = {}) =>
  json({ type: "urn:sockshop:problem:test", title: "Problem", status, ...more }, status, headers);

/** Stands in for the gateway at the network's edge; what the test did not foresee is a 404. */
function stubNetwork(shop: Shop): Call[] {
  Stream.opened = [];
  vi.stubGlobal("EventSource", Stream);
  const calls: Call[] = [];
  const guest = { user: { id: "g", name: "Guest", email: "g@guest", isAnonymous: true } };
  const all: Shop = { "GET /api/auth/get-session": () => json(guest), ...shop };
  vi.stubGlobal("fetch", async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, "http://shop.test");
    const call: Call = {
      method: init.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: init.body ? JSON.parse(String(init.body)) : undefined,
    };
    calls.push(call);
    const handler = all[`${call.method} ${call.path}`];
    return handler ? await handler(call) : problem(404, { detail: "Not found." });
  });
  return calls;
}

/** The whole storefront at one address, in front of a shop that answers as told. */
export async function visit(path: string, shop: Shop) {
  const calls = stubNetwork(shop);
  const router = createShopRouter(createMemoryHistory());
  await router.push(path);
  const queryClient = createQueryClient();
  queryClient.setDefaultOptions({ queries: { retry: false } });
  const plugins = [createPinia(), router, [VueQueryPlugin, { queryClient }]] as const;
  const page = mount(App, { attachTo: document.body, global: { plugins: [...plugins] } as never });

  const named = (selector: string, name: string) => {
    const found = page
      .findAll(selector)
      .find((element) => element.text() === name || element.attributes("aria-label") === name);
    if (!found) throw new Error(`There is no ${selector} called "${name}".`);
    return found;
  };
  return {
    page,
    router,
    sent: (method: string, at: string) => calls.filter((call) => call.method === method && call.path === at),
    button: (name: string) => named("button", name),
    link: (name: string) => named("a", name),
    field: (label: string) => {
      const id = named("label", label).attributes("for");
      return page.find(`[id="${id}"]`);
    },
    /** Waits until the page says something. */
    reads: (text: string, timeout = 8000) =>
      vi.waitFor(
        () => {
          if (!page.text().includes(text)) throw new Error(`The page does not say "${text}": ${page.text()}`);
        },
        { timeout, interval: 20 },
      ),
  };
}

/** Waits until a check stops throwing. */
export const eventually = (check: () => void, timeout = 8000) => vi.waitFor(check, { timeout, interval: 20 });
