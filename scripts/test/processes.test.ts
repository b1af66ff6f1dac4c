import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimStateFolder, clearLeftovers } from "../earlier-run.ts";
import { isAlive, pidFiles, readPid, signal } from "../pids.ts";
import { keepRunning } from "../processes.ts";
import { openStateFolder, type StateFolder, wrappers } from "../state-folder.ts";

let state: StateFolder;
const strays: ChildProcess[] = [];

beforeEach(() => {
  state = openStateFolder({ SOCKSHOP_STATE: mkdtempSync(join(tmpdir(), "sockshop-processes-")) });
});

afterEach(() => {
  for (const stray of strays.splice(0)) stray.kill("SIGKILL");
  rmSync(state.root, { recursive: true, force: true });
});

const within = (ms: number) => ({ timeout: ms, interval: 20 });
const pidOf = (name: string) => readPid(state.pidFile(name));

async function livePid(name: string, otherThan?: number): Promise<number> {
  return await vi.waitFor(() => {
    const pid = pidOf(name);
    if (!pid || pid === otherThan) throw new Error(`${name} does not run`);
    return pid;
  }, within(10_000));
}

test("a process that is killed runs again, and its log says so", async () => {
  const kept = keepRunning({ name: "sleeper", command: "sleep", args: ["60"] }, state);
  const first = await livePid("sleeper");
  signal(first, "SIGKILL");
  await livePid("sleeper", first);
  expect(readFileSync(state.log("sleeper"), "utf8")).toContain(
    "-- sleeper ended with SIGKILL and is started again",
  );
  await kept.stop();
});

test("a log that cannot be written ends neither the shop nor what it keeps running", async () => {
  const kept = keepRunning({ name: "sleeper", command: "sleep", args: ["60"] }, state);
  const first = await livePid("sleeper");
  const logs = dirname(state.log("sleeper"));
  rmSync(logs, { recursive: true });
  signal(first, "SIGKILL");
  await vi.waitFor(() => expect(isAlive(first)).toBe(false), within(10_000));
  mkdirSync(logs);
  await livePid("sleeper", first);
  await kept.stop();
});

test("what is kept running inherits no secret that the shop itself was started with, and what else it is given", async () => {
  vi.stubEnv("ADMIN_PASSWORD", "hidden");
  vi.stubEnv("DATABASE_URL_ORDER", "postgres://order:hidden@db/order");
  vi.stubEnv("REDIS_URL", "redis://:hidden@redis");
  const printing = { command: "sh", args: ["-c", "env; exec sleep 60"] };
  const started = [
    keepRunning({ name: "plain", ...printing }, state),
    keepRunning({ name: "given", ...printing, env: { ...process.env, ITS_OWN: "yes" } }, state),
  ];
  await vi.waitFor(
    () => expect(readFileSync(state.log("given"), "utf8")).toContain("ITS_OWN=yes"),
    within(10_000),
  );
  await vi.waitFor(() => expect(readFileSync(state.log("plain"), "utf8")).toContain("PATH="), within(10_000));
  for (const { name } of started) expect(readFileSync(state.log(name), "utf8")).not.toContain("hidden");
  await Promise.all(started.map((kept) => kept.stop()));
  vi.unstubAllEnvs();
});

test("stopping leaves neither the process nor its pid file", async () => {
  const kept = keepRunning({ name: "sleeper", command: "sleep", args: ["60"] }, state);
  const pid = await livePid("sleeper");
  await kept.stop();
  expect(isAlive(pid)).toBe(false);
  expect(pidFiles(state.pids)).toEqual([]);
});

test("a process that does not heed TERM is killed", async () => {
  const stubborn = ["-c", "trap '' TERM; while :; do sleep 0.1; done"];
  const kept = keepRunning({ name: "stubborn", command: "sh", args: stubborn, stopPatienceMs: 200 }, state);
  const pid = await livePid("stubborn");
  await kept.stop();
  expect(isAlive(pid)).toBe(false);
});

function wrap(name: string, ...command: string[]): ChildProcess {
  const wrapper = spawn("sh", [join(wrappers, "keep-running.sh"), name, ...command], {
    stdio: "ignore",
    detached: true,
    env: { ...process.env, SOCKSHOP_STATE: state.root },
  });
  strays.push(wrapper);
  return wrapper;
}

test("the wrapper of a service starts it again within two seconds of its death", async () => {
  wrap("service", "sleep", "60");
  const first = await livePid("service");
  signal(first, "SIGKILL");
  signal(await livePid("service", first), "SIGKILL");
});

test("a wrapper goes on when what started it, and read its output, is gone", async () => {
  const command = `sh ${join(wrappers, "keep-running.sh")} service sleep 60`;
  const env = { ...process.env, SOCKSHOP_STATE: state.root };
  const starter = spawn("sh", ["-c", `${command} & wait`], { stdio: ["ignore", "pipe", "pipe"], env });
  const first = await livePid("service");
  starter.kill("SIGKILL");
  starter.stdout.destroy();
  starter.stderr.destroy();
  signal(first, "SIGKILL");
  await livePid("service", first);
  await clearLeftovers(state.pids);
});

test("the wrapper passes TERM on, waits for the end, and starts nothing again", async () => {
  const wrapper = wrap("service", "sleep", "60");
  const pid = await livePid("service");
  const ended = new Promise((resolve) => wrapper.once("exit", resolve));
  wrapper.kill("SIGTERM");
  await ended;
  expect(isAlive(pid)).toBe(false);
  expect(pidFiles(state.pids)).toEqual([]);
});

test("what a hard-killed start left behind is ended, wrappers before what they would start again", async () => {
  wrap("service", "sleep", "60");
  const pid = await livePid("service");
  expect(await clearLeftovers(state.pids)).toEqual(["service"]);
  expect(isAlive(pid)).toBe(false);
  expect(pidFiles(state.pids)).toEqual([]);
});

test("a pid that meanwhile belongs to somebody else's process is left alone", async () => {
  const innocent = spawn("sleep", ["60"], { stdio: "ignore" });
  strays.push(innocent);
  const file = state.pidFile("long-gone");
  writeFileSync(file, `${innocent.pid}\n`);
  const before = new Date(Date.now() - 60_000);
  utimesSync(file, before, before);
  expect(await clearLeftovers(state.pids)).toEqual([]);
  expect(innocent.exitCode).toBeNull();
  expect(isAlive(innocent.pid ?? 0)).toBe(true);
});

test("a folder whose shop runs is not taken over", () => {
  const other = spawn("sleep", ["60"], { stdio: "ignore" });
  strays.push(other);
  mkdirSync(state.root, { recursive: true });
  writeFileSync(join(state.root, "npm-start.pid"), `${other.pid}\n`);
  expect(() => claimStateFolder(state)).toThrow(
    `A shop already runs from ${state.root} (process ${other.pid}).`,
  );
});
