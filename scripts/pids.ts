import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The live process that a pid file speaks of; undefined when it is gone or its number now belongs to another. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    const startedAt = startTime(pid);
    // A process writes its pid after it started; one that started later than the file only reuses the number.
    return startedAt !== undefined && startedAt <= statSync(file).mtimeMs + 2000 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** When a process started (ms since 1970), to about a second; undefined when it is gone or only a zombie. */
function startTime(pid: number): number | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (!existsSync("/proc/stat")) return startTimeFromPs(pid);
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const booted = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
  // Field 22 of proc(5) counts clock ticks, which are 100 a second on every Linux that Node runs on.
  return booted * 1000 + Number(fields[19]) * 10;
}

function startTimeFromPs(pid: number): number | undefined {
  try {
    const [state = "Z", ...started] = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    })
      .trim()
      .split(/\s+/);
    return state.startsWith("Z") ? undefined : Date.parse(started.join(" "));
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return startTime(pid) !== undefined;
}

/** Sends a signal; a process that is gone already is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Asks the processes behind these pid files to end, and kills those that have not after `patience` ms. */
export async function endAll(
  files: string[],
  patience: number,
  gentle: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  for (const file of files) {
    const pid = readPid(file);
    if (pid) signal(pid, gentle);
  }
  const deadline = Date.now() + patience;
  let left = files.filter((file) => readPid(file));
  while (left.length > 0 && Date.now() < deadline) {
    await pause(50);
    left = left.filter((file) => readPid(file));
  }
  for (const file of left) {
    const pid = readPid(file);
    if (pid) signal(pid, "SIGKILL");
  }
  while (left.some((file) => readPid(file))) await pause(20);
  for (const file of files) rmSync(file, { force: true });
}

export function pidFiles(folder: string, ending = ".pid"): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));
}
