import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "../../scripts/runtime/commands.ts";
import { repository } from "../../scripts/state-folder.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macApps = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** A Chromium of this machine (CHROMIUM names one), or Debian's where we may install it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? found() ?? install();
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

const found = () =>
  names.map((name) => findProgram(name)).find(Boolean) ??
  macApps.find((path) =>
    findProgram(path.slice(path.lastIndexOf("/") + 1), [path.slice(0, path.lastIndexOf("/"))]),
  );

function install(): string {
  const canInstall = process.getuid?.() === 0 && findProgram("apt-get");
  if (canInstall)
    execFileSync(
      "sh",
      ["-c", "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y chromium"],
      { stdio: "ignore" },
    );
  const installed = found();
  if (installed) return installed;
  throw new Error(
    "The browser tests need Chromium or Chrome: install one (sudo apt-get install chromium), or name it in CHROMIUM.",
  );
}

const folder = join(repository, ".sockshop", "screenshots");

/** Keeps a picture of the page for people to look at, in .sockshop/screenshots. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** A page whose console errors and failed requests the test can look at afterwards. */
export async function newPage(
  browser: Browser,
  url: string,
  viewport = { width: 1280, height: 900 },
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: url, viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, complaints };
}
