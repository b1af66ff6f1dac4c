import type { Page } from "playwright-core";

/** What the page was like with so many records loaded; times in milliseconds, the heap in MiB. */
export type Reading = {
  loaded: number;
  /** From the End key until the next page's records are counted on the screen. */
  nextPage: number[];
  /** Between frames while a wheel turns and while Page Up and Page Down are held. */
  frames: number[];
  nodes: number;
  heap: number;
};

const listbox = '[role="listbox"]';

/** Opens the log explorer and loads back with the End key as far as the last mark; reads the page at each. */
export async function exploreTo(page: Page, marks: readonly number[]): Promise<Reading[]> {
  await page.goto("/admin/logs");
  await page.locator(listbox).focus();
  const readings: Reading[] = [];
  for (const mark of marks) {
    while ((await loadedRecords(page)) < mark) await nextPage(page);
    readings.push(await read(page));
  }
  return readings;
}

async function read(page: Page): Promise<Reading> {
  const loaded = await loadedRecords(page);
  const frames = [
    ...(await framesWhile(page, () => turnWheel(page))),
    ...(await framesWhile(page, () => pageUpAndDown(page))),
  ];
  const times: number[] = [];
  for (let nr = 0; nr < 5; nr++) times.push(await nextPage(page));
  const { nodes, heap } = await page.evaluate(() => ({
    nodes: document.querySelectorAll("*").length,
    heap: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 2 ** 20,
  }));
  return { loaded, nextPage: times, frames, nodes, heap };
}

/** From "1,500 lines loaded". */
const loadedRecords = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const words = /^\s*([\d,]+) lines? loaded/.exec(
      document.querySelector('section[aria-label="Log lines"] p')?.textContent ?? "",
    );
    return Number(words?.[1]?.replaceAll(",", "") ?? 0);
  });

/** Presses End and resolves with how long it took until more was there. */
async function nextPage(page: Page): Promise<number> {
  const before = await loadedRecords(page);
  await page.evaluate((selector) => {
    const list = document.querySelector(selector);
    list?.addEventListener("keydown", () => Object.assign(window, { pressedAt: performance.now() }), {
      once: true,
      capture: true,
    });
  }, listbox);
  await page.keyboard.press("End");
  const took = await page.waitForFunction(
    (known) => {
      const words = /^\s*([\d,]+) lines? loaded/.exec(
        document.querySelector('section[aria-label="Log lines"] p')?.textContent ?? "",
      );
      const isMore = Number(words?.[1]?.replaceAll(",", "") ?? 0) > known;
      return isMore && performance.now() - (window as unknown as { pressedAt: number }).pressedAt;
    },
    before,
    { polling: "raf", timeout: 30_000 },
  );
  return Number(await took.jsonValue());
}

async function framesWhile(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const state = { frames: [] as number[], on: true };
    Object.assign(window, { watched: state });
    let last = performance.now();
    const look = () => {
      const now = performance.now();
      state.frames.push(now - last);
      last = now;
      if (state.on) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await act();
  return page.evaluate(() => {
    const { watched } = window as unknown as { watched: { frames: number[]; on: boolean } };
    watched.on = false;
    return watched.frames.slice(1);
  });
}

async function turnWheel(page: Page): Promise<void> {
  const box = await page.locator(listbox).boundingBox();
  if (box) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let nr = 0; nr < 60; nr++) await page.mouse.wheel(0, nr < 30 ? -400 : 400);
}

async function pageUpAndDown(page: Page): Promise<void> {
  for (const key of ["PageUp", "PageDown"]) for (let nr = 0; nr < 30; nr++) await page.keyboard.press(key);
}
