import axe from "axe-core";
import type { Page } from "playwright-core";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong with the page in light and in dark, a line each; it is run from outside, past the content policy. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // Between two colour schemes buttons fade, and what is half faded has little contrast.
  await page.addStyleTag({ content: "* { transition: none !important; animation: none !important }" });
  await page.emulateMedia({ colorScheme: "light" });
  const light = await run(page, rules);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await run(page, ["color-contrast"]);
  return [...light, ...dark.map((fault) => `dark: ${fault}`)];
}

async function run(page: Page, runOnly: string[]): Promise<string[]> {
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ["violations"] })`,
  )) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary?.split("\n")[1]?.trim()}`,
    ),
  );
}
