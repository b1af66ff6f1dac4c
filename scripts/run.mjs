// The door of `npm start` and `npm test`: plain JavaScript for the Node that a fresh clone has (20 or newer).
// It brings the npm packages, among them the Node that runs the rest, and hands over to a TypeScript script.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script = "start", ...rest] = process.argv.slice(2);
const packagedNode = join(root, "node_modules", ".bin", "node");

requireNode20();
if (!packagesMatchLockFile()) await installPackages();
handOver(findNode24());

function requireNode20() {
  if (major(process.versions.node) >= 20) return;
  stop(
    `SockShop needs Node 20 or newer to start, and this is ${process.versions.node}: install one from https://nodejs.org.`,
  );
}

/** npm notes what it installed in node_modules/.package-lock.json; optional packages may be missing there. */
function packagesMatchLockFile() {
  const wanted = readJson(join(root, "package-lock.json"))?.packages;
  const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/") || entry.link) return true;
    const present = installed[path];
    return present ? present.version === entry.version : entry.optional === true || entry.peer === true;
  });
}

async function installPackages() {
  console.log("Installing npm packages (npm ci), about a minute the first time …");
  const began = Date.now();
  const ticker = setInterval(() => console.log(`  … ${Math.round((Date.now() - began) / 1000)} s`), 15_000);
  const code = await exitOf(npm(["ci", "--loglevel=error"]));
  clearInterval(ticker);
  if (code !== 0) stop("npm ci failed (its message is above): mend that, then run the command again.");
}

function findNode24() {
  if (major(process.versions.node) >= 24) return process.execPath;
  if (packagedNodeWorks()) return packagedNode;
  // An `ignore-scripts` in somebody's npm settings leaves the package `node` without its binary.
  spawnSync(...npmCommand(["rebuild", "node", "deno", "--ignore-scripts=false"]), {
    cwd: root,
    stdio: "inherit",
  });
  if (packagedNodeWorks()) return packagedNode;
  stop(
    "Node 24 is missing from node_modules: run `npm rebuild node --ignore-scripts=false`, or install Node 24.",
  );
}

function packagedNodeWorks() {
  if (!existsSync(packagedNode)) return false;
  const found = spawnSync(packagedNode, ["--version"], { encoding: "utf8" });
  return found.status === 0 && major(found.stdout.trim().slice(1)) >= 24;
}

/** The channel tells the script when this process is gone, so that it stops even when we are killed. */
function handOver(node) {
  const child = spawn(node, [join(root, "scripts", `${script}.ts`), ...rest], {
    cwd: root,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` },
  });
  // npm passes a signal on to its shell only, which dies of it without a word to us.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 500).unref();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => stop(`Could not run ${node}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

function npm(args) {
  return spawn(...npmCommand(args), { cwd: root, stdio: "inherit" });
}

function npmCommand(args) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith("npm-cli.js") ? [process.execPath, [cli, ...args]] : ["npm", args];
}

function exitOf(child) {
  return new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function major(version) {
  return Number(version.split(".")[0]);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
